"""Installed modules against `npm ls`."""

import io
import itertools
import json
import os
import subprocess

import pytest
from conftest import need
from ecosystems.walking import found
from hypothesis import given, settings
from hypothesis import strategies as st
from packageurl import PackageURL

from pratique.catalog.ecosystem import Group
from pratique.catalog.observer import Member
from pratique.ecosystems.npm import ECOSYSTEM, MANIFEST, installed, reduce
from pratique.model import Document, Gap, Package


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    npm = need("npm")
    folder = tmp_path_factory.mktemp("npm")
    manifest = {"name": "app", "version": "1.0.0", "dependencies": {
        "express": "4.17.1", "resolve": "1.22.8", "@babel/code-frame": "7.22.13", "old-ms": "npm:ms@0.7.1", "debug": "2.6.8"}}  # fmt: skip
    (folder / "package.json").write_text(json.dumps(manifest))
    env = os.environ | {"npm_config_update_notifier": "false", "npm_config_audit": "false", "npm_config_fund": "false"}
    subprocess.run([npm, "install", "--ignore-scripts", "--no-package-lock"], cwd=folder, env=env, check=True, timeout=300, capture_output=True)
    listed = subprocess.run(
        [npm, "ls", "--all", "--json", "--long"], cwd=folder, env=env, check=True, timeout=120, capture_output=True, text=True
    ).stdout
    return folder, json.loads(listed)


def tree(node):
    for child in node.get("dependencies", {}).values():
        if "version" in child and "path" in child:
            yield child["path"], (child["name"], child["version"], child.get("license"))
        yield from tree(child)


def test_the_list_equals_npm_ls(project):
    folder, listed = project
    packages, gaps = found(ECOSYSTEM, folder)
    truth = {(os.path.relpath(path, folder), name, version) for path, (name, version, _) in tree(listed)}
    assert {(p.locations[0].removesuffix("/package.json"), p.full_name, p.version) for p in packages} == truth
    assert len(packages) == len(truth) > 60
    assert gaps == []
    assert len([p for p in packages if p.name in {"debug", "ms"}]) > 2  # several versions of one name, nested


def test_licences_and_needs_are_those_of_the_manifest(project):
    packages, _ = found(ECOSYSTEM, project[0])
    express = next(p for p in packages if p.name == "express")
    assert (express.licences, express.supplier, express.purl) == ("MIT", "TJ Holowaychuk", "pkg:npm/express@4.17.1")
    assert "body-parser" in express.depends
    frame = next(p for p in packages if p.full_name == "@babel/code-frame")
    assert frame.purl == PackageURL("npm", "@babel", "code-frame", "7.22.13").to_string()


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("usr/lib/node_modules/npm/package.json", True),
        ("usr/lib/node_modules/npm/node_modules/semver/package.json", True),
        ("app/node_modules/@scope/name/package.json", True),
        ("app/node_modules/.pnpm/a@1.0.0/node_modules/a/package.json", True),
        ("test/node_modules/a/package.json", True),
        ("node_modules/test/package.json", True),
        ("node_modules/test/node_modules/a/package.json", True),
        ("node_modules/@tests/examples/node_modules/a/package.json", True),
        ("node_modules/a/vendor/node_modules/b/package.json", True),
        ("node_modules/a/test/fixtures/node_modules/b/package.json", False),
        ("node_modules/a/dist/esm/package.json", False),
        ("node_modules/@scope/package.json", False),
        ("app/package.json", False),
        ("usr/share/package.json", False),
        ("xnode_modules/a/package.json", False),
    ],
)
def test_the_place_says_whether_it_is_installed(path, answer):
    assert installed(path) is answer


def see(data, path="node_modules/a/package.json"):
    documents = tuple(Document(MANIFEST, path, d) for d in reduce(Member(path, "f"), io.BytesIO(data)))
    return list(ECOSYSTEM.packages(Group("node_modules/a", "", documents)))


@pytest.mark.parametrize(
    ("declared", "licence"),
    [
        ('"license": "MIT"', "MIT"),
        ('"license": {"type": "ISC", "url": "x"}', "ISC"),
        ('"licenses": [{"type": "MIT"}, {"type": "Apache-2.0"}]', "Apache-2.0 OR MIT"),
        ('"license": ["MIT", {"type": "ISC"}]', "ISC OR MIT"),
        ('"license": 5', ""),
        ('"licenses": "MIT"', "MIT"),
    ],
)
def test_every_form_of_licence_is_read(declared, licence):
    (package,) = see(f'{{"name":"a","version":"1.0.0",{declared}}}'.encode())
    assert package.licences.split(" OR ") == licence.split(" OR ") or sorted(package.licences.split(" OR ")) == licence.split(" OR ")


def test_a_module_without_name_takes_that_of_its_folder():
    (package,) = see(b'\xef\xbb\xbf{"version":"1.0.0", "version":"2.0.0"}', "x/node_modules/@s/b/package.json")
    assert (package.full_name, package.version) == ("@s/b", "2.0.0")


@pytest.mark.parametrize("data", [b"{}", b'{"name":"a"}', b'{"name":"../x","version":"1"}', b'{"name":5,"version":{}}'])
def test_a_module_without_version_is_a_note(data):
    (gap,) = see(data)
    assert isinstance(gap, Gap)
    assert not gap.blind


@pytest.mark.parametrize(
    "data", [b"", b"<html>", b"[]", b'{"name":', b'{"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}", b'{"author":' * 10_000 + b"1" + b"}" * 10_000]
)
def test_what_cannot_be_read_is_a_value_error(data):
    with pytest.raises(ValueError, match="cannot be read"):
        see(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda s: st.lists(s, max_size=3) | st.dictionaries(st.text(max_size=5), s, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["name", "version", "license", "licenses", "author", "dependencies"]), json_values))
def test_any_object_is_a_module_or_a_gap(manifest):
    for item in see(json.dumps(manifest).encode()):
        assert isinstance(item, Package | Gap)


def test_versions_that_were_published_loosely_have_an_order():
    assert ECOSYSTEM.order("v1.2.3") == ECOSYSTEM.order("=1.2.3") == ECOSYSTEM.order("1.2.3+build")
    assert all(ECOSYSTEM.order(a) < ECOSYSTEM.order(b) for a, b in itertools.pairwise(ECOSYSTEM.ascending))
