"""Writes a mirror of advisory data from code, in the publishers' own formats. Nothing of pratique is used here.

make_mirror(folder, {("osv", "PyPI"): osv(flaw("CVE-2026-1", "PyPI", "six")), ("debian-tracker", "debian"): tracker(openssl="CVE-2026-2")})
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DATE = "2026-11-21"


def packed(files: Mapping[str, Any]) -> bytes:
    """A zip of JSON documents."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in files.items():
            archive.writestr(name, json.dumps(value))
    return out.getvalue()


UNRELATED = "CVE-1999-0001"
EXPLOITED = {"cveID": UNRELATED, "dateAdded": DATE, "dueDate": DATE, "knownRansomwareCampaignUse": "Unknown"}
RELEASES = {
    "debian": [{"cycle": "12", "codename": "Bookworm", "eol": "2036-06-10", "releaseDate": "2023-06-10"}],
    "alpine": [{"cycle": "3.18", "eol": "2035-05-09", "releaseDate": "2023-05-09"}],
}
QUIET: Mapping[tuple[str, str], bytes] = {
    ("kev", ""): json.dumps({"catalogVersion": "1", "dateReleased": f"{DATE}T00:00:00Z", "count": 1, "vulnerabilities": [EXPLOITED]}).encode(),
    ("epss", DATE): gzip.compress(
        f"#model_version:v2025.03.14,score_date:{DATE}T00:00:00+0000\ncve,epss,percentile\n{UNRELATED},0.1,0.2\n".encode(), mtime=0
    ),
    ("endoflife", ""): packed({f"api/{product}.json": releases for product, releases in RELEASES.items()}),
}
"""Feeds that say nothing of what tests scan: there, and whole, so that no Gap is about them. The releases that tests use are supported for long."""


def flaw(id: str, ecosystem: str, name: str, fixed: str = "999.0.0") -> dict[str, Any]:
    """A record of OSV that affects every version below `fixed` (ossf.github.io/osv-schema)."""
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]
    return {
        "schema_version": "1.6.0",
        "id": id,
        "published": f"{DATE}T00:00:00Z",
        "modified": f"{DATE}T00:00:00Z",
        "summary": f"made up for a test: {name}",
        "affected": [{"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranges}],
    }


def osv(*records: Mapping[str, Any]) -> bytes:
    """The zip of one ecosystem."""
    return packed({f"{record['id']}.json": record for record in records})


def tracker(flaws: Mapping[str, str], release: str = "bookworm") -> bytes:
    """Debian's security tracker: an open flaw for each source package."""
    return json.dumps(
        {
            source: {id: {"scope": "remote", "releases": {release: {"status": "open", "repositories": {}, "urgency": "medium"}}}}
            for source, id in flaws.items()
        }
    ).encode()


def secdb(fixes: Mapping[str, Mapping[str, list[str]]]) -> bytes:
    """Alpine's security database: package, fixed version, flaws."""
    packages = [{"pkg": {"name": name, "secfixes": fixed}} for name, fixed in fixes.items()]
    return json.dumps({"apkurl": "", "archs": ["x86_64"], "reponame": "main", "distroversion": "v3.18", "packages": packages}).encode()


def make_mirror(folder: Path, partitions: Mapping[tuple[str, str], bytes], *, quiet: bool = True) -> Path:
    """Write the files and their `index.json`; feeds that are not given say nothing, or (without `quiet`) are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for number, ((feed, partition), data) in enumerate({**(QUIET if quiet else {}), **partitions}.items()):
        (folder / str(number)).write_bytes(data)
        entry = {"feed": feed, "partition": partition, "path": str(number), "sha256": hashlib.sha256(data).hexdigest()}
        entries.append({**entry, "fetched_at": f"{DATE}T00:00:00Z", "data_date": DATE, "complete": True, "origin": "publisher"})
    (folder / "index.json").write_text(json.dumps({"version": 1, "partitions": entries}))
    return folder
