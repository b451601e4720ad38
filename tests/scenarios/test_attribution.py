"""Whose is it: packages planted in every kind of place, each named with its layer, its instruction and its zone in every format."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import need
from image_maker import Entry, Layer, Made, Nothing, Step, file, folder, hardlink, make_docker_archive, opaque, symlink, whiteout
from mirror_maker import flaw, make_mirror, osv, secdb, tracker
from product import NOW, Component, components, run, spdx_components

import pratique

OS_RELEASE = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'
ALPINE_RELEASE = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.18.4\nPRETTY_NAME="Alpine Linux v3.18"\n'
STATUS = "var/lib/dpkg/status"
SITE = "usr/local/lib/python3.11/site-packages"


def dpkg(**packages: str) -> str:
    """dpkg's database: names and versions."""
    return "\n".join(
        f"Package: {name.replace('_', '-')}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n"
        for name, version in packages.items()
    )


def apk(**packages: str) -> str:
    """apk's database."""
    return "\n".join(f"P:{name}\nV:{version}\nA:x86_64\nL:MIT\no:{name}\n" for name, version in packages.items())


def project(name: str, version: str, site: str = SITE) -> Entry:
    return file(f"{site}/{name}-{version}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def module(name: str, version: str, folder: str = "srv/shop") -> Entry:
    return file(f"{folder}/node_modules/{name}/package.json", f'{{"name": "{name}", "version": "{version}"}}')


# What stands in each layer; `Nothing` brings none and stands in the history all the same.
BASE: list[Step] = [
    Layer(
        file("etc/os-release", OS_RELEASE),
        file(STATUS, dpkg(base_files="12.4", openssl="3.0.1-1", tool="1:2.0-1", curl="7.88.1-1")),
        project("inbase", "1.0"),
        instruction="/bin/sh -c #(nop) ADD file:0123456789abcdef in / ",
    ),
    Nothing('/bin/sh -c #(nop)  CMD ["bash"]'),
    Layer(file("etc/base.conf", "x"), instruction="/bin/sh -c echo x > /etc/base.conf"),
]


def steps(key: str) -> list[Step]:
    upgraded: dict[str, str] = {"base_files": "12.4", "openssl": "3.0.2-1", "curl": "7.88.1-1", "middle": "1.0-1"}
    return [
        *BASE,
        Nothing("ENV LANG=C.UTF-8"),
        Layer(  # 2: a package added, one upgraded, one removed
            file(STATUS, dpkg(**upgraded)),
            project("inmiddle", "2.0"),
            project("again", "1.0"),
            instruction="RUN /bin/sh -c apt-get install -y middle openssl && apt-get purge -y tool # buildkit",
        ),
        Layer(file(STATUS, dpkg(**upgraded, tool="1:2.0-1")), instruction="RUN /bin/sh -c apt-get install -y tool # buildkit"),  # 3: there again
        Nothing("ARG VERSION=1"),
        Nothing("USER root"),
        Layer(folder("root/.ssh", mode=0o700), file("root/.ssh/id_rsa", key, mode=0o600), instruction="COPY id_rsa /root/.ssh/ # buildkit"),  # 4
        Layer(  # 5: a database that loses one record, a deleted key, two deleted projects, one that only another owner has (`chown -R`)
            file(STATUS, dpkg(base_files="12.4", openssl="3.0.2-1", middle="1.0-1", tool="1:2.0-1")),
            whiteout("root/.ssh/id_rsa"),
            whiteout(f"{SITE}/inbase-1.0.dist-info"),
            whiteout(f"{SITE}/again-1.0.dist-info"),
            replace(project("inmiddle", "2.0"), uid=1000),
            instruction="RUN |1 VERSION=1 /bin/sh -c rm /root/.ssh/id_rsa && dpkg -r curl && pip uninstall -y inbase # buildkit",
        ),
        Nothing("WORKDIR /srv/shop"),
        Layer(  # 6: the application; the METADATA of one project is a hard link
            module("inapp", "3.0.0"),
            module("upgraded", "1.0.0"),
            project("again", "1.0"),
            file("srv/store/0a1b", "Metadata-Version: 2.1\nName: linked\nVersion: 4.0\n"),
            hardlink("srv/venv/lib/python3.11/site-packages/linked-4.0.dist-info/METADATA", "srv/store/0a1b"),
            file("srv/jail/etc/os-release", ALPINE_RELEASE),
            file("srv/jail/lib/apk/db/installed", apk(jailed="1.2.3-r4", musl="1.2.4-r0")),
            project("injail", "5.0", "srv/jail/usr/lib/python3.11/site-packages"),
            instruction="COPY --chown=1000 . /srv # buildkit",
        ),
        Nothing('ENTRYPOINT ["/srv/shop/run"]'),
        Layer(module("upgraded", "1.1.0"), whiteout("srv/store"), instruction="RUN /bin/sh -c npm update # buildkit"),  # 7: the link stays
    ]


EXPECTED = {
    # type, name, version, root: layer, visible
    ("deb", "base-files", "12.4", ""): (0, True),
    ("deb", "openssl", "3.0.1-1", ""): (0, False),
    ("deb", "openssl", "3.0.2-1", ""): (2, True),
    ("deb", "middle", "1.0-1", ""): (2, True),
    ("deb", "tool", "1:2.0-1", ""): (3, True),
    ("deb", "curl", "7.88.1-1", ""): (0, False),
    ("pypi", "inbase", "1.0", ""): (0, False),
    ("pypi", "inmiddle", "2.0", ""): (2, True),
    ("pypi", "again", "1.0", ""): (6, True),
    ("npm", "inapp", "3.0.0", ""): (6, True),
    ("npm", "upgraded", "1.0.0", ""): (6, False),
    ("npm", "upgraded", "1.1.0", ""): (7, True),
    ("pypi", "linked", "4.0", ""): (6, True),
    ("apk", "jailed", "1.2.3-r4", "srv/jail"): (6, True),
    ("apk", "musl", "1.2.4-r0", "srv/jail"): (6, True),
    ("pypi", "injail", "5.0", "srv/jail"): (6, True),
}
INSTRUCTIONS = [
    "ADD file:0123456789abcdef in /",
    "RUN echo x > /etc/base.conf",
    "RUN apt-get install -y middle openssl && apt-get purge -y tool",
    "RUN apt-get install -y tool",
    "COPY id_rsa /root/.ssh/",
    "RUN rm /root/.ssh/id_rsa && dpkg -r curl && pip uninstall -y inbase",
    "COPY --chown=1000 . /srv",
    "RUN npm update",
]
FLAWS = {
    ("debian-tracker", "debian"): tracker(
        {"openssl": "CVE-2026-0001", "middle": "CVE-2026-0002", "tool": "CVE-2026-0003", "base-files": "CVE-2026-0004"}
    ),
    ("osv", "PyPI"): osv(*(flaw(f"PYSEC-2026-{n}", "PyPI", name) for n, name in enumerate(("inbase", "inmiddle", "linked", "injail")))),
    ("osv", "npm"): osv(flaw("GHSA-aaaa-bbbb-cccc", "npm", "inapp"), flaw("GHSA-dddd-eeee-ffff", "npm", "upgraded")),
    ("alpine-secdb", "v3.18/main"): secdb({"jailed": {"9-r0": ["CVE-2026-0005"]}}),
    ("alpine-secdb", "v3.18/community"): secdb({"unrelated": {"1-r0": ["CVE-2026-0006"]}}),
}


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_mirror(tmp_path_factory.mktemp("mirror"), FLAWS)


@pytest.fixture(scope="module")
def key() -> str:
    """A private key, made by OpenSSL."""
    command = [need("openssl"), "genpkey", "-algorithm", "ED25519"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, key: str) -> Made:
    return make_docker_archive(tmp_path_factory.mktemp("planted") / "app.tar", steps(key))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make_docker_archive(tmp_path_factory.mktemp("base") / "base.tar", BASE, tags=("base:1",), style="oci")


@pytest.fixture(scope="module")
def scanned(planted: Made, mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return run("scan", planted.path, "--feeds", str(mirror), "--offline", data=tmp_path_factory.mktemp("data"), code=None)


# ------------------------------------------------------------------------------------------------- packages, in every format


def in_json(documents: dict[str, Any]) -> dict[tuple[str, ...], dict[str, Any]]:
    """Return the packages of the JSON by type, name, version and root; none twice."""
    found = {(one["type"], one["full_name"], one["version"], one["origin"]["root"]): one["origin"] for one in documents["json"]["packages"]}
    assert len(found) == len(documents["json"]["packages"])
    return found


def by_key(found: Iterable[Component]) -> dict[tuple[str, ...], Component]:
    listed = list(found)
    named = {(one.type, one.name, one.version, one.properties.get("pratique:root", "")): one for one in listed}
    assert len(named) == len(listed)
    return named


def test_every_package_in_json_has_its_layer_diff_id_and_instruction(planted: Made, scanned: dict[str, Any]) -> None:
    found = in_json(scanned)
    assert {key: (origin["layer"], origin["visible"]) for key, origin in found.items()} == EXPECTED
    for origin in found.values():
        assert origin["diff_id"] == planted.diff_ids[origin["layer"]]
        assert origin["instruction"] == INSTRUCTIONS[origin["layer"]]
        assert origin["zone"] == "unknown"
    layers = scanned["json"]["image"]["layers"]
    assert [(one["diff_id"], one["instruction"]) for one in layers] == list(zip(planted.diff_ids, INSTRUCTIONS, strict=True))


@pytest.mark.parametrize(("name", "read"), [("cyclonedx", components), ("spdx", spdx_components)])
def test_every_component_has_its_properties(planted: Made, scanned: dict[str, Any], name: str, read: Any) -> None:
    found = by_key(read(scanned[name], visible=None))
    assert found.keys() == EXPECTED.keys()
    for key, (layer, visible) in EXPECTED.items():
        properties = dict(found[key].properties)
        assert {name: value for name, value in properties.items() if name in PROPERTIES} == {
            "pratique:layer": planted.diff_ids[layer],
            "pratique:layer-index": str(layer),
            "pratique:instruction": INSTRUCTIONS[layer],
            "pratique:zone": "unknown",
            "pratique:visible": "true" if visible else "false",
        }


PROPERTIES = {"pratique:layer", "pratique:layer-index", "pratique:instruction", "pratique:zone", "pratique:visible", "pratique:owner"}


def sarif_results(documents: dict[str, Any], suppressed: bool = False) -> list[dict[str, Any]]:
    (log,) = documents["sarif"]["runs"]
    return [one for one in log["results"] if bool(one.get("suppressions")) == suppressed]


def test_every_finding_has_the_properties_of_its_package(planted: Made, scanned: dict[str, Any]) -> None:
    results = {one["properties"]["package"]: one["properties"] for one in sarif_results(scanned) if "package" in one["properties"]}
    wanted = {"base-files", "openssl", "middle", "tool", "inmiddle", "inapp", "upgraded", "linked", "jailed", "injail"}
    assert results.keys() == wanted
    where = {name: layer for (_, name, _, _), (layer, visible) in EXPECTED.items() if visible}
    for name, properties in results.items():
        assert {name: properties.get(name) for name in PROPERTIES} == {
            "pratique:layer": planted.diff_ids[where[name]],
            "pratique:layer-index": str(where[name]),
            "pratique:instruction": INSTRUCTIONS[where[name]],
            "pratique:zone": "unknown",
            "pratique:visible": "true",
            "pratique:owner": None,
        }
    findings = {one["package"]["name"]: one["origin"] for one in scanned["json"]["findings"] if one["package"]}
    assert {name: (one["layer"], one["diff_id"], one["instruction"]) for name, one in findings.items()} == {
        name: (where[name], planted.diff_ids[where[name]], INSTRUCTIONS[where[name]]) for name in wanted
    }
    assert scanned["json"]["gaps"] == []


def test_a_private_key_deleted_above_is_found_in_the_layer_that_brought_it(planted: Made, scanned: dict[str, Any], key: str) -> None:
    (finding,) = (one for one in scanned["json"]["findings"] if one["rule"] == "private-key")
    assert finding["path"] == "root/.ssh/id_rsa"
    assert finding["origin"] == {
        "layer": 4,
        "diff_id": planted.diff_ids[4],
        "instruction": "COPY id_rsa /root/.ssh/",
        "zone": "unknown",
        "visible": False,
        "root": "",
    }
    (result,) = (one for one in sarif_results(scanned) if one["ruleId"] == "private-key")
    assert {name: value for name, value in result["properties"].items() if name in PROPERTIES} == {
        "pratique:layer": planted.diff_ids[4],
        "pratique:layer-index": "4",
        "pratique:instruction": "COPY id_rsa /root/.ssh/",
        "pratique:zone": "unknown",
        "pratique:visible": "false",
    }
    secret = key.splitlines()[1]
    assert not any(secret in str(document) for document in scanned.values())


def test_the_python_face_says_the_same(planted: Made, scanned: dict[str, Any], mirror: Path, tmp_path: Path) -> None:
    report = pratique.scan(str(planted.path), feeds=mirror, offline=True, data=tmp_path, now=datetime.fromtimestamp(int(NOW), UTC))
    found = {(one.fingerprint, one.rule, max(one.origin.layer, 0) or None, one.origin.instruction, str(one.zone)) for one in report.findings}
    said = {
        (one["fingerprint"], one["rule"], one["origin"]["layer"] or None, one["origin"]["instruction"], one["origin"]["zone"])
        for one in scanned["json"]["findings"]
    }
    assert found == said
    assert len(report.findings) == len(scanned["json"]["findings"])
    assert [one.purl for one in report.inventory.packages] == [one["purl"] for one in scanned["json"]["packages"]]


# -------------------------------------------------------------------------------------------------------------------- zones


def test_the_base_that_is_named_is_the_zone_of_its_layers_and_of_no_other(planted: Made, base: Made, mirror: Path, tmp_path: Path) -> None:
    documents = run("scan", planted.path, "--base", str(base.path), "--feeds", str(mirror), "--offline", data=tmp_path, code=None)
    assert [one["zone"] for one in documents["json"]["image"]["layers"]] == ["base"] * 2 + ["unknown"] * 6
    expected = {key: "base" if layer < 2 else "unknown" for key, (layer, _) in EXPECTED.items()}
    assert {key: origin["zone"] for key, origin in in_json(documents).items()} == expected
    for found in (components(documents["cyclonedx"], visible=None), spdx_components(documents["spdx"], visible=None)):
        assert {key: one.properties["pratique:zone"] for key, one in by_key(found).items()} == expected
    zones = {one["properties"]["package"]: one["properties"]["pratique:zone"] for one in sarif_results(documents) if "package" in one["properties"]}
    assert zones["base-files"] == "base"
    assert set(zones.values()) == {"base", "unknown"}
    assert [name for name, zone in zones.items() if zone == "base"] == ["base-files"]
    assert documents["json"]["gaps"] == []


def test_a_base_that_is_no_prefix_leaves_every_zone_unknown_and_is_said(planted: Made, mirror: Path, tmp_path: Path) -> None:
    first, *_ = BASE
    other = make_docker_archive(tmp_path / "other.tar", [first, Layer(file("etc/base.conf", "y"))])
    documents = run("scan", planted.path, "--base", str(other.path), "--feeds", str(mirror), "--offline", data=tmp_path / "data", code=None)
    assert {origin["zone"] for origin in in_json(documents).values()} == {"unknown"}
    assert [one["id"] for one in documents["json"]["gaps"]] == ["base-differs"]


# ------------------------------------------------------------------------------------------------------------------ history


@pytest.mark.parametrize("history", [None, [{"created_by": "RUN one"}, {"created_by": "RUN two", "empty_layer": True}]], ids=["absent", "unpaired"])
def test_without_a_history_that_fits_there_is_no_instruction(key: str, tmp_path: Path, history: Any) -> None:
    made = make_docker_archive(tmp_path / "app.tar", steps(key), history=history)
    documents = run("sbom", made.path, data=tmp_path / "data", code=None)
    found = in_json(documents)
    assert {key: (origin["layer"], origin["visible"]) for key, origin in found.items()} == EXPECTED
    assert {origin["instruction"] for origin in found.values()} == {None}
    assert {origin["diff_id"] for origin in found.values()} <= set(made.diff_ids)
    for listed in (components(documents["cyclonedx"], visible=None), spdx_components(documents["spdx"], visible=None)):
        assert not any("pratique:instruction" in one.properties for one in listed)


# ---------------------------------------------------------------------------------------------------- links to the database


def rows(documents: dict[str, Any]) -> set[tuple[str, str, int, bool]]:
    return {(name, version, origin["layer"], origin["visible"]) for (_, name, version, _), origin in in_json(documents).items()}


@pytest.mark.parametrize("target", ["/opt/state/dpkg", "../../opt/state/dpkg"])
def test_a_database_behind_a_symbolic_link_is_followed_through_the_layers(tmp_path: Path, target: str) -> None:
    state = "opt/state/dpkg/status"
    made = make_docker_archive(
        tmp_path / "app.tar",
        [
            Layer(file("etc/os-release", OS_RELEASE), file(state, dpkg(a="1", b="1")), symlink("var/lib/dpkg", target), instruction="ADD a"),
            Layer(file(state, dpkg(a="2", b="1", c="1")), instruction="RUN b"),
            Layer(file(state, dpkg(a="2", c="1")), instruction="RUN c"),
        ],
    )
    documents = run("sbom", made.path, data=tmp_path / "data")
    assert rows(documents) == {("a", "1", 0, False), ("b", "1", 0, False), ("a", "2", 1, True), ("c", "1", 1, True)}


def test_a_database_that_moves_behind_a_link_keeps_its_packages_origins(tmp_path: Path) -> None:
    made = make_docker_archive(
        tmp_path / "app.tar",
        [
            Layer(file("etc/os-release", OS_RELEASE), file(STATUS, dpkg(a="1", b="1")), instruction="ADD a"),
            Layer(
                whiteout("var/lib/dpkg"), file("opt/dpkg/status", dpkg(a="1", b="1")), symlink("var/lib/dpkg", "/opt/dpkg"), instruction="RUN move"
            ),
        ],
    )
    documents = run("sbom", made.path, data=tmp_path / "data")
    assert rows(documents) == {("a", "1", 0, True), ("b", "1", 0, True)}


def test_alpine_with_merged_usr_is_read_once(tmp_path: Path) -> None:
    merged = [symlink("lib", "usr/lib"), file("usr/lib/apk/db/installed", apk(musl="1.2.5-r9"))]
    made = make_docker_archive(tmp_path / "app.tar", [Layer(file("etc/os-release", ALPINE_RELEASE), merged, instruction="ADD a")])
    documents = run("sbom", made.path, data=tmp_path / "data")
    assert rows(documents) == {("musl", "1.2.5-r9", 0, True)}
    assert {origin["root"] for origin in in_json(documents).values()} == {""}
    assert len(components(documents["cyclonedx"])) == 1


@pytest.mark.parametrize("gone", [whiteout("var/lib/dpkg"), whiteout("opt/state"), folder("var/lib/dpkg")], ids=["link", "target", "replaced"])
def test_a_database_whose_symbolic_link_or_its_target_is_deleted_is_a_blind_gap(tmp_path: Path, gone: Entry) -> None:
    lower = Layer(
        file("etc/os-release", OS_RELEASE), file("opt/state/dpkg/status", dpkg(a="1")), symlink("var/lib/dpkg", "/opt/state/dpkg"), instruction="ADD"
    )
    made = make_docker_archive(tmp_path / "app.tar", [lower, Layer(gone, instruction="RUN rm")])
    documents = run("sbom", made.path, data=tmp_path / "data", code=3)
    assert rows(documents) == {("a", "1", 0, False)}
    assert [(one["id"], one["layer"]) for one in documents["json"]["gaps"]] == [("database-deleted", 1)]


def test_a_database_that_is_a_hard_link_is_read(tmp_path: Path) -> None:
    layer = Layer(file("etc/os-release", OS_RELEASE), file("opt/a", dpkg(a="1")), hardlink(STATUS, "opt/a"), instruction="ADD a")
    made = make_docker_archive(tmp_path / "app.tar", [layer])
    assert rows(run("sbom", made.path, data=tmp_path / "data")) == {("a", "1", 0, True)}


# -------------------------------------------------------------------------------------------------------- a database is gone


@pytest.mark.parametrize(
    ("gone", "id"),
    [
        ([whiteout("var/lib/dpkg")], "database-deleted"),
        ([whiteout(STATUS)], "database-deleted"),
        ([whiteout("var")], "database-deleted"),
        ([opaque("var/lib/dpkg")], "database-deleted"),
        ([file("var/lib/dpkg", "now a file")], "database-deleted"),
        ([file(STATUS, "")], "database-emptied"),
        ([file(STATUS, "garbage\n")], "database-emptied"),
    ],
    ids=["folder", "file", "above", "opaque", "replaced", "empty", "garbage"],
)
def test_a_database_that_a_later_layer_takes_away_is_a_blind_gap_and_never_an_empty_list(tmp_path: Path, gone: list[Entry], id: str) -> None:
    made = make_docker_archive(
        tmp_path / "app.tar",
        [
            Layer(file("etc/os-release", OS_RELEASE), file(STATUS, dpkg(a="1", b="1")), instruction="ADD a"),
            Nothing("ENV A=b"),
            Layer(gone, instruction="RUN rm -rf /var/lib/dpkg"),
            Layer(file("srv/x", "x"), instruction="COPY x /srv"),
        ],
    )
    mirror = make_mirror(tmp_path / "mirror", {("debian-tracker", "debian"): tracker({"a": "CVE-2026-0001"})})
    documents = run("scan", made.path, "--feeds", str(mirror), "--offline", data=tmp_path / "data", code=3)
    found = documents["json"]
    assert found["blind"] is True
    (gap,) = (one for one in found["gaps"] if one["id"] == id)
    assert (gap["blind"], gap["layer"], gap["path"]) == (True, 1, STATUS)
    assert gap["remedy"]
    assert rows(documents) == {("a", "1", 0, False), ("b", "1", 0, False)}
    assert all(one["last_known"] for one in found["packages"])
    assert [one["package"]["name"] for one in found["findings"] if one["package"]] == ["a"]  # as last known, it is judged
    (log,) = documents["sarif"]["runs"]
    (invocation,) = log["invocations"]
    assert invocation["executionSuccessful"] is False
    assert id in [one["descriptor"]["id"] for one in invocation["toolExecutionNotifications"]]
    assert documents["cyclonedx"]["compositions"] == [{"aggregate": "incomplete", "assemblies": ["image"]}]
