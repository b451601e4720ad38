"""Python projects against pip, PEP 440 against packaging."""

import io
import itertools
import json
import re
import subprocess
import sys
import time

import pytest
from ecosystems.walking import found
from hypothesis import given, settings
from hypothesis import strategies as st
from packageurl import PackageURL
from packaging.version import Version

from pratique.catalog.ecosystem import Group
from pratique.catalog.observer import Member
from pratique.ecosystems.pypi import ECOSYSTEM, METADATA, normalise, reduce
from pratique.model import Document, Gap, Package


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A real virtual environment with real projects, one from an sdist-like local source with a classic name."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", folder / "v"], check=True, timeout=120)
    pip = [folder / "v" / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--no-input"]
    wanted = ["requests==2.31.0", "zope.interface==6.1", "Jinja2==3.1.2", "ruamel.yaml==0.18.5", "PyYAML==6.0.1"]
    subprocess.run([*pip, "install", "--no-compile", "--only-binary=:all:", *wanted], check=True, timeout=300, capture_output=True)
    listed = subprocess.run([*pip, "list", "--format", "json"], check=True, timeout=60, capture_output=True, text=True).stdout
    return folder, {normalise(p["name"]): p["version"] for p in json.loads(listed)}


def test_the_list_equals_pip_list(environment):
    folder, truth = environment
    packages, gaps = found(ECOSYSTEM, folder)
    installed = {p.name: p.version for p in packages if "/_vendor/" not in p.locations[0]}
    assert gaps == []
    assert installed == truth
    assert len([p for p in packages if "/_vendor/" not in p.locations[0]]) == len(truth)


def test_what_pip_carries_inside_is_listed_with_its_place(environment):
    packages, _ = found(ECOSYSTEM, environment[0])
    carried = {p.name for p in packages if "/pip/_vendor/" in p.locations[0]}
    assert {"urllib3", "requests", "certifi"} <= carried


def test_licence_supplier_and_needs_are_those_of_the_metadata(environment):
    requests = next(p for p in found(ECOSYSTEM, environment[0])[0] if p.name == "requests" and "/_vendor/" not in p.locations[0])
    assert (requests.licences, requests.supplier) == ("Apache-2.0", "Kenneth Reitz")
    assert requests.depends == ("certifi", "charset-normalizer", "idna", "urllib3")  # not PySocks, which is an extra
    assert requests.purl == "pkg:pypi/requests@2.31.0"


def see(path, text):
    data = list(reduce(Member(path, "f"), io.BytesIO(text.encode("utf-8", "surrogateescape"))))
    documents = tuple(Document(METADATA, path, d) for d in data)
    return list(ECOSYSTEM.packages(Group(ECOSYSTEM.group(documents[0]), "", documents))) if documents else []


@pytest.mark.parametrize(
    "path",
    [
        "usr/lib/python3/dist-packages/Foo_Bar-1.0.egg-info",
        "x/foo.egg-info/PKG-INFO",
        "x/foo-1.0-py3.egg/EGG-INFO/PKG-INFO",
        "x/foo-1.0.egg!/EGG-INFO/PKG-INFO",
    ],
)
def test_each_form_of_egg_is_a_project(path):
    (package,) = see(path, "Metadata-Version: 1.0\nName: Foo_Bar.baz\nVersion: 1.0\nLicense: UNKNOWN\n\nName: other\n")
    assert (package.name, package.version, package.licences, package.locations) == ("foo-bar-baz", "1.0", "", (path,))


@pytest.mark.parametrize("path", ["opt/foo-1.0-py3-none-any.whl!/foo-1.0.dist-info/METADATA", "lib/~oo-1.0.dist-info/METADATA"])
def test_what_is_not_installed_is_no_project(path):
    assert see(path, "Name: foo\nVersion: 1.0\n") == []


@pytest.mark.parametrize(
    "text", ["", "Name: foo\n", "Version: 1\n", "Name: UNKNOWN\nVersion:\n", "Name: ../../etc\nVersion: 1\n", "<html>\n", "Name: a\x0cVersion: 1"]
)
def test_metadata_without_name_or_version_is_a_gap(text):
    (gap,) = see("a.dist-info/METADATA", text)
    assert isinstance(gap, Gap)
    assert gap.blind


def test_metadata_made_to_cost_time_costs_none():
    text = "Name: a\nVersion: 1\nAuthor-email: " + "<" * 1900 + ("\n " + "<" * 1900) * 5000 + "\nLicense: x" + "\n y" * 14_000
    started = time.process_time()
    assert see("a.dist-info/METADATA", text)[0].name == "a"
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ("License-Expression: MIT OR Apache-2.0\nLicense: GPL", "MIT OR Apache-2.0"),
        ("License: MIT", "MIT"),
        ("License: Apache License\n        Version 2.0\nClassifier: License :: OSI Approved :: Apache Software License", "Apache-2.0"),
        ("Classifier: Programming Language :: Python\nClassifier: License :: OSI Approved :: MIT License", "MIT"),
    ],
)
def test_the_licence_is_the_expression_else_the_short_word_else_the_classifiers(fields, licence):
    (package,) = see("a.dist-info/METADATA", f"Name: a\nVersion: 1\n{fields}\n")
    assert package.licences == licence


def test_only_what_is_needed_without_extras_is_needed():
    text = (
        "Name: a\nVersion: 1\nRequires-Dist: B.c[x]>=1; python_version < '3'\nRequires-Dist: d (>=2); extra == 'd'\n"
        "Requires-Dist: e @ https://x/y.zip\nRequires-Dist: f; 'x' == extra\n"
    )
    (package,) = see("a.dist-info/METADATA", text)
    assert package.depends == ("b-c", "e")


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=300) | st.text("NameVrsion: \n1.", max_size=80))
def test_any_metadata_is_a_project_or_a_gap(text):
    for item in see("a.dist-info/METADATA", text):
        assert isinstance(item, Package | Gap)
        if isinstance(item, Package):
            assert PackageURL.from_string(item.purl).name == re.sub(r"[-_.]+", "-", item.name)


def test_versions_order_as_pep_440():
    assert all(ECOSYSTEM.order(a) < ECOSYSTEM.order(b) and Version(a) < Version(b) for a, b in itertools.pairwise(ECOSYSTEM.ascending))


@pytest.mark.parametrize("version", ["", "2.5.1-legacy_x", "french toast", "1.0 2.0"])
def test_what_is_no_version_is_a_value_error(version):
    with pytest.raises(ValueError, match="ersion"):
        ECOSYSTEM.order(version)
