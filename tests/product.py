"""The product as its users run it: a command in a process of its own, whose documents are read by nothing of pratique.

documents = run("sbom", image, data=folder)            # json, cyclonedx and spdx of one run
components(documents["cyclonedx"])                     # what it lists, by packageurl's own reader of purls
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from packageurl import PackageURL

PRATIQUE = Path(sys.executable).with_name("pratique")
NOW = "1795305600"
"""2026-11-22T00:00:00Z, as `SOURCE_DATE_EPOCH`: two reports of the same are the same bytes."""
FORMATS = {"sbom": ("json", "cyclonedx", "spdx"), "scan": ("json", "cyclonedx", "spdx", "sarif")}


def command(*words: str | Path, data: Path) -> list[str]:
    return [str(PRATIQUE), *map(str, words), "--data", str(data), "--quiet"]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PRATIQUE_", "DOCKER_", "COVERAGE"))}
    return {**kept, "SOURCE_DATE_EPOCH": NOW, "PRATIQUE_DEBUG": "1", **(more or {})}


def run(
    verb: str,
    image: str | Path,
    *words: str,
    data: Path,
    code: int | None = 0,
    environ: Mapping[str, str] | None = None,
    stdin: Any = subprocess.DEVNULL,
    formats: Sequence[str] = (),
) -> dict[str, Any]:
    """Run `pratique scan` or `sbom` and return its documents by format. `code`: the exit code there must be (None: any that comes with a report)."""
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder, name) for name in formats or FORMATS[verb]}
        outputs = [word for name, file in files.items() for word in ("-o", f"{name}={file}")]
        done = subprocess.run(
            command(verb, image, *words, *outputs, data=data), stdin=stdin, env=environment(environ), capture_output=True, timeout=300
        )
        said = done.stderr.decode()
        assert done.returncode == code or (code is None and done.returncode in (0, 3)), f"exit code {done.returncode}: {said}"
        assert "Traceback" not in said, said
        return {name: json.loads(file.read_bytes()) for name, file in files.items()}


class Component(NamedTuple):
    """One package of a document."""

    type: str
    name: str
    """With its scope or group, as its ecosystem writes it."""
    version: str
    purl: PackageURL
    properties: Mapping[str, str]
    licence: str
    locations: tuple[str, ...]
    source: str

    @property
    def visible(self) -> bool:
        return self.properties["pratique:visible"] == "true"

    @property
    def arch(self) -> str:
        return str(self.purl.qualifiers.get("arch", ""))  # type: ignore[union-attr] # packageurl says dict or text; it is a dict

    @property
    def layer(self) -> int:
        return int(self.properties["pratique:layer-index"])

    @property
    def instruction(self) -> str | None:
        return self.properties.get("pratique:instruction")


JOINTS = {"maven": ":"}


def components(bom: Mapping[str, Any], *types: str, visible: bool | None = True) -> list[Component]:
    """Return the components with a purl of a CycloneDX document, of these types; `visible` None: also those that a later layer removed."""
    return [one for one in _components(bom) if (not types or one.type in types) and visible in (None, one.visible)]


def _components(bom: Mapping[str, Any]) -> Iterator[Component]:
    for found in bom["components"]:
        if "purl" not in found:
            continue
        purl = PackageURL.from_string(found["purl"])
        properties = {one["name"]: one["value"] for one in found["properties"]}
        assert len(properties) == len(found["properties"]), f"a property of {purl} stands there twice"
        group = found.get("group", "")
        name = f"{group}{JOINTS.get(purl.type, '/')}{found['name']}" if group else found["name"]
        (licence,) = found.get("licenses", [{}])
        yield Component(
            purl.type,
            name,
            found.get("version", ""),
            purl,
            properties,
            licence.get("expression") or licence.get("license", {}).get("name", ""),
            tuple(one["location"] for one in found.get("evidence", {}).get("occurrences", ())),
            properties.get("pratique:source-package", ""),
        )


_SOURCE = re.compile(r"built from the source package (\S+ \S+)")


def spdx_components(document: Mapping[str, Any], *types: str, visible: bool | None = True) -> list[Component]:
    """The same of an SPDX document."""
    return [one for one in _spdx_components(document) if (not types or one.type in types) and visible in (None, one.visible)]


def _spdx_components(document: Mapping[str, Any]) -> Iterator[Component]:
    for found in document["packages"]:
        for reference in found.get("externalRefs", ()):
            assert (reference["referenceCategory"], reference["referenceType"]) == ("PACKAGE-MANAGER", "purl")
            purl = PackageURL.from_string(reference["referenceLocator"])
            (annotation,) = found["annotations"]
            properties = json.loads(annotation["comment"])
            match = _SOURCE.search(found.get("sourceInfo", ""))
            licence = found["licenseDeclared"]
            yield Component(
                purl.type,
                found["name"],
                found.get("versionInfo", ""),
                purl,
                properties,
                "" if licence == "NOASSERTION" else licence,
                tuple(properties.get("pratique:locations", ())),
                match[1] if match else "",
            )


def table(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return rows in order, so that two lists can be compared; none may stand there twice."""
    assert len(set(rows)) == len(rows), sorted(row for row in set(rows) if rows.count(row) > 1)
    return sorted(rows)
