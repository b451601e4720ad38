"""Who publishes a rule's id, and where one reads about it."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote


class Publisher(NamedTuple):
    """A catalogue of flaws. `url` is the page of one id."""

    name: str
    url: str


_CATALOGUES = (
    ("CVE-", "NVD", "https://nvd.nist.gov/vuln/detail/"),
    ("GHSA-", "GitHub Advisories", "https://github.com/advisories/"),
    ("GO-", "Go Vulnerability Database", "https://pkg.go.dev/vuln/"),
    ("RUSTSEC-", "RustSec", "https://rustsec.org/advisories/"),
    ("DSA-", "Debian", "https://security-tracker.debian.org/tracker/"),
    ("DLA-", "Debian", "https://security-tracker.debian.org/tracker/"),
    ("DEBIAN-", "Debian", "https://osv.dev/vulnerability/"),
    ("USN-", "Ubuntu", "https://ubuntu.com/security/notices/"),
    ("RHSA-", "Red Hat", "https://access.redhat.com/errata/"),
    ("TEMP-", "Debian", "https://security-tracker.debian.org/tracker/"),
)


def publisher(rule: str) -> Publisher | None:
    """Return who publishes an id such as `CVE-2023-0464` or `MAL-2024-1`; None for a word of our own such as `private-key`."""
    for prefix, name, page in _CATALOGUES:
        if rule.startswith(prefix):
            return Publisher(name, page + quote(rule, safe=":-", errors="replace"))
    if rule[:1].isupper() and "-" in rule:
        return Publisher("OSV", "https://osv.dev/vulnerability/" + quote(rule, safe=":-", errors="replace"))
    return None


_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?([/?#][!#-;=?-Z_a-z~]*)?", re.ASCII)


def is_url(text: str) -> bool:
    """Return whether a reference of an advisory is an address of the web in plain signs (RFC 3986), fit to be shown as a link."""
    return _URL.fullmatch(text) is not None
