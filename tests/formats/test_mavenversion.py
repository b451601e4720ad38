"""Maven versions against Maven's own ComparableVersion."""

import itertools
import subprocess

import pytest
from conftest import need
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.formats.mavenversion import MavenVersion

WORDS = [
    "1",
    "0",
    "2",
    "10",
    "01",
    "2023010110",
    "alpha",
    "beta",
    "rc",
    "CR",
    "snapshot",
    "Final",
    "GA",
    "sp",
    "x",
    "a",
    "b",
    "m",
    "M",
    "jre",
    "_",
    "+",
]
wild = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from([".", "-", "", "..", "--"])), min_size=1, max_size=6).map(
    lambda p: "".join(w + s for w, s in p)
)
numbers = st.lists(st.sampled_from([0, 0, 1, 2, 10, 999]), min_size=1, max_size=4).map(lambda n: ".".join(map(str, n)))
ENDS = [
    "",
    "-alpha",
    "-alpha-1",
    "-a1",
    ".Final",
    "-rc1",
    "-RC2",
    ".M1",
    "-SNAPSHOT",
    "-jre",
    ".GA",
    "-1",
    ".SP1",
    "-b01",
    ".v20210413",
    "-beta.2",
    "-redhat-00001",
]
published = st.builds(str.__add__, numbers, st.sampled_from(ENDS))


@pytest.fixture(scope="session")
def artifact_jar(tmp_path_factory):
    """The library of Maven that compares versions, in the release that this order follows."""
    mvn = need("mvn", package="maven")
    folder = tmp_path_factory.mktemp("maven-artifact")
    command = [mvn, "-q", "-B", "dependency:copy", "-Dartifact=org.apache.maven:maven-artifact:3.9.11", f"-DoutputDirectory={folder}"]
    subprocess.run(command, cwd=folder, check=True, timeout=300, capture_output=True)
    return folder / "maven-artifact-3.9.11.jar"


def test_every_pair_compares_as_maven(artifact_jar):
    sample = [
        "1",
        "1.0",
        "1-ga",
        "1.0-x1",
        "1.0.x1",
        "1..1",
        "1--1",
        "-1",
        ".1",
        "a",
        "1.final.1",
        "1-0.alpha",
        "99999999999999999999",
        "1.0.0-2.1-z",
        "1-1-1-1-1",
    ]

    @settings(max_examples=500, database=None)
    @given(wild | published)
    def gather(version):
        sample.append(version)

    gather()
    sample = [v for v in sample if not v.startswith("--")]
    command = [need("java", package="default-jre-headless"), "-cp", artifact_jar, "org.apache.maven.artifact.versioning.ComparableVersion", *sample]
    lines = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    truth = [line.split()[1] for line in lines if line.startswith("   ")]
    keys = [MavenVersion(v) for v in sample]
    mine = ["==" if a == b else "<" if a < b else ">" for a, b in itertools.pairwise(keys)]
    pairs = list(itertools.pairwise(sample))
    assert [(p, m) for p, m in zip(pairs, mine, strict=True)] == [(p, t) for p, t in zip(pairs, truth, strict=True)]
    assert len(mine) > 400


@settings(max_examples=300)
@given(published, published, published)
def test_the_order_of_published_versions_is_total(a, b, c):
    x, y, z = sorted(map(MavenVersion, (a, b, c)))
    assert x <= y <= z
    assert x <= z


@settings(max_examples=300)
@given(wild, wild)
def test_any_two_versions_are_equal_or_one_is_less(a, b):
    x, y = MavenVersion(a), MavenVersion(b)
    assert (x < y) + (x == y) + (y < x) == 1
    assert x == MavenVersion(a.upper())


@pytest.mark.parametrize("version", ["", " ", "${project.version}", "[1.0,2.0)", "1 2", "1" * 500, "1.0/2", "1.²"])
def test_what_is_no_version_is_a_value_error(version):
    with pytest.raises(ValueError, match="Maven version"):
        MavenVersion(version)


def test_the_deepest_version_is_compared():
    for deep in ("-".join("1" * 100), "1a" * 100):
        assert MavenVersion(deep) != MavenVersion(deep[:-2])
        assert MavenVersion(deep) == MavenVersion(deep)


@given(st.text(max_size=60))
def test_any_text_is_a_version_or_a_value_error(text):
    try:
        assert MavenVersion(text) == MavenVersion(text)
    except ValueError:
        return
