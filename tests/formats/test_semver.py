"""Semantic versions against node's own semver and the specification's examples."""

import itertools
import json
import subprocess
from pathlib import Path

import pytest
from conftest import need
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.formats.semver import key

PRECEDENCE = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "2.0.0",
    "2.1.0",
    "2.1.1",
]

identifiers = st.sampled_from(["0", "1", "2", "11", "alpha", "Alpha", "beta", "rc", "a-b", "-", "1a", "x", "20191109021931-daa7c04131f5"])
numbers = st.sampled_from([0, 1, 2, 10, 999])
versions = st.builds(
    lambda a, b, c, pre, build: f"{a}.{b}.{c}{'-' if pre else ''}{'.'.join(pre)}{'+' if build else ''}{'.'.join(build)}",
    numbers, numbers, numbers, st.lists(identifiers, max_size=3), st.lists(identifiers, max_size=2),
)  # fmt: skip


def test_the_precedence_of_the_specification():
    assert all(key(a) < key(b) for a, b in itertools.pairwise(PRECEDENCE))


def test_build_metadata_does_not_count():
    assert key("v1.2.3+incompatible") == key("1.2.3") == key("1.2.3+a.b")


READ = "const s=require(%s);let d='';process.stdin.on('data',c=>d+=c).on('end',()=>{d=JSON.parse(d);%s})"


def node(script, data):
    npm = Path(subprocess.run([need("npm"), "root", "-g"], capture_output=True, text=True, check=True, timeout=60).stdout.strip()) / "npm"
    code = READ % (json.dumps(str(npm / "node_modules" / "semver")), script)
    done = subprocess.run([need("node", "nodejs"), "-e", code], input=json.dumps(data), capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


@pytest.mark.parametrize("loose", [False, True])
def test_every_pair_compares_as_node_semver(loose):
    sample = [
        "v1.2.3",
        "=1.2.3",
        " 1.2.3 ",
        "1.2.3beta",
        "1.02.3",
        "1.2.3-01",
        "1.2",
        "",
        "1.2.3.4",
        "v1.2.3-rc1",
        "01.1.1",
        "1.2.3-",
        "1.2.3-a..b",
        "1.2.3+",
        "x.y.z",
        "1.2.3-é",
    ]

    @settings(max_examples=150, database=None)
    @given(versions)
    def gather(version):
        sample.append(version)

    gather()
    mine = []
    for a, b in itertools.pairwise(sample):
        try:
            x, y = key(a, loose=loose), key(b, loose=loose)
            mine.append((x > y) - (x < y))
        except ValueError:
            mine.append(None)
    pairs = list(itertools.pairwise(sample))
    truth = node(f"console.log(JSON.stringify(d.map(([a,b])=>{{try{{return s.compare(a,b,{str(loose).lower()})}}catch(e){{return null}}}})))", pairs)
    assert [(p, m) for p, m in zip(pairs, mine, strict=True)] == [(p, t) for p, t in zip(pairs, truth, strict=True)]
    assert sum(m is not None for m in mine) > 50


@settings(max_examples=200)
@given(versions, versions, versions)
def test_the_order_is_total(a, b, c):
    x, y, z = sorted([key(a), key(b), key(c)])
    assert x <= y <= z
    assert x <= z
    assert (key(a) < key(b)) + (key(a) == key(b)) + (key(b) < key(a)) == 1


@settings(max_examples=200)
@given(st.text(max_size=40))
def test_any_text_is_a_version_or_a_value_error(text):
    for loose in (False, True):
        try:
            key(text, loose=loose)
        except ValueError:
            continue


def test_a_very_long_version_is_refused():
    with pytest.raises(ValueError, match="semantic"):
        key("1.2." + "3" * 5000)
