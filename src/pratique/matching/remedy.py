"""What to do next about a flaw in a package."""

from __future__ import annotations

from pratique.matching.subject import SYSTEM
from pratique.matching.wording import MAX_NAME, plain
from pratique.model import Kind, Package, Status


def remedy(package: Package, kind: Kind, status: Status, fixed: str) -> str:
    """Return one sentence: the upgrade where there is one, else what the publisher's status leaves to do."""
    name = plain(package.full_name, MAX_NAME)
    if kind is Kind.MALWARE:
        return f"Remove {name}, rebuild, and replace every secret that the image could reach: it is malicious."
    if fixed:
        if package.type in SYSTEM and package.source is not None and package.type != "rpm" and package.source.name != package.name:
            return f"Upgrade {name} to a build of {plain(package.source.name, MAX_NAME)} {fixed} or later."
        return f"Upgrade {name} to {fixed} or later."
    match status:
        case Status.WONT_FIX:
            return f"The publisher will not fix it: remove {name} if it is not needed, or rebuild on a release that has a fix."
        case Status.POSTPONED:
            return f"The publisher postponed the fix: remove {name} if it is not needed, or weigh the risk until there is one."
        case Status.END_OF_LIFE:
            return f"The publisher supports {name} no longer: replace it, or rebuild on a release that does."
        case Status.UNDETERMINED:
            return "The publisher has not determined whether this release is affected: look at its notes."
        case _:
            return f"No fix is known: remove {name} if it is not needed, or weigh the risk until there is one."
