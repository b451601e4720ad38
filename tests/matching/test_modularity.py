"""Module streams, on AlmaLinux 8's own bulletins."""

from __future__ import annotations

from collections import defaultdict

import pytest
from matching_sample import ALMA, advisory, affected, feed, matched, rpm

from pratique.matching.modularity import streams
from pratique.model import Range

RPM = {"rpm": pytest.importorskip("pratique.ecosystems.rpm").ECOSYSTEM}


def rules(package, *ids: str, **more) -> set[str]:  # type: ignore[no-untyped-def]
    chosen = [one for one in feed("AlmaLinux:8") if not ids or one.id in ids]
    found = matched([package], chosen, [ALMA], orders=RPM, **more)
    assert not found.gaps
    return {alias for one in found.findings for alias in one.aliases if alias.startswith("AL")}


def test_the_streams_of_a_title() -> None:
    assert streams("Important: nodejs:12 security update") == (("nodejs", "12"),)
    assert streams("Moderate: python38:3.8 and python38-devel:3.8 security update") == (("python38", "3.8"), ("python38-devel", "3.8"))
    assert streams("Important: container-tools:rhel8 security and bug fix update") == (("container-tools", "rhel8"),)
    assert streams("Moderate: httpd:2.4/mod_http2 security update")[0][0] == "httpd"
    assert streams("Important: varnish security update") == ()


def test_a_stream_is_judged_by_bulletins_of_its_own_stream_alone() -> None:
    """nodejs 10.16.3 is older than the 12.16.1 that fixed stream 12, and than the 10.19.0 that fixed stream 10."""
    by_stream: dict[str, set[str]] = defaultdict(set)
    for one in feed("AlmaLinux:8"):
        for module, stream in streams(one.summary):
            if module == "nodejs" and one.id.startswith("ALSA") and any(e.name == "nodejs" for e in one.affected):
                by_stream[stream].add(one.id)
    assert {"12", "14", "16"} <= by_stream.keys()
    twelve = rpm("nodejs", "1:12.1.0-1.module_el8.1.0+1+0a1b2c3d", module="nodejs:12:8010020191122:0a1b2c3d")
    assert rules(twelve) == by_stream["12"]
    fourteen = rpm("nodejs", "1:14.1.0-1.module_el8.1.0+1+0a1b2c3d", module="nodejs:14:8010020191122:0a1b2c3d")
    assert rules(fourteen) == by_stream["14"]


def test_without_a_label_the_stream_cannot_be_told_so_every_stream_counts() -> None:
    unlabelled = rpm("nodejs", "1:12.1.0-1.module_el8.1.0+1+0a1b2c3d")
    labelled = rpm("nodejs", "1:12.1.0-1.module_el8.1.0+1+0a1b2c3d", module="nodejs:12:8010020191122:0a1b2c3d")
    assert rules(unlabelled) > rules(labelled)


def test_a_package_of_no_module_is_not_judged_by_a_modular_bulletin_nor_the_other_way_round() -> None:
    modular = advisory("ALSA-1", affected("perl", Range("0", "4:5.30-1.module_el8.3.0+2044+12421f43"), ecosystem="AlmaLinux:8"))
    ordinary = advisory("ALSA-2", affected("perl", Range("0", "4:5.26.3-999.el8"), ecosystem="AlmaLinux:8"))
    outside = rpm("perl", "4:5.26.3-416.el8")
    inside = rpm("perl", "4:5.24.4-403.module_el8.1.0+1+0a1b2c3d", module="perl:5.24:1:0a1b2c3d")
    assert [f.rule for f in matched([outside], [modular, ordinary], [ALMA], orders=RPM).findings] == ["ALSA-2"]
    assert [f.rule for f in matched([inside], [modular, ordinary], [ALMA], orders=RPM).findings] == ["ALSA-1"]


def test_a_build_that_the_bulletin_itself_ships_is_fixed() -> None:
    """ALSA-2019:0975 lists three builds of one version, one for each context; each of them has the fix, though their releases differ."""
    (bulletin,) = (one for one in feed("AlmaLinux:8") if one.id == "ALSA-2019:0975")
    shipped = defaultdict(list)
    for entry in bulletin.affected:
        shipped[entry.name].append(entry.ranges[0].fixed)
    several = {name: fixes for name, fixes in shipped.items() if len(set(fixes)) > 1}
    assert several
    for name, fixes in several.items():
        for version in fixes:
            build = rpm(name, version, module="container-tools:rhel8:1:0")
            assert not rules(build, bulletin.id), (name, version)
        older = rpm(name, "0:0.0.1-1.module_el8.0.0+1+0a1b2c3d", module="container-tools:rhel8:1:0")
        assert rules(older, bulletin.id) == {bulletin.id}


def test_every_build_of_a_module_that_a_bulletin_ships_is_clean_of_it_over_the_whole_feed() -> None:
    """A naive reading, in which any of its entries hits, finds fault with hundreds of builds that are the fix."""
    naive = 0
    order = RPM["rpm"].order
    for bulletin in feed("AlmaLinux:8"):
        fixes = [(entry.name, entry.ranges[0].fixed) for entry in bulletin.affected[:8]]
        if not bulletin.security or not all(".module" in fixed for _, fixed in fixes):
            continue
        assert not matched([rpm(name, version) for name, version in fixes], [bulletin], [ALMA], orders=RPM).findings, bulletin.id
        naive += any(order(mine) < order(theirs) for name, mine in fixes for other, theirs in fixes if name == other)
    assert naive > 100
