"""Matching: which finding, which gap, which silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matching_sample import ALMA, ALPINE, DEBIAN, advisory, affected, apk, deb, feed, hidden, matched, python, rpm, sample

from pratique.advisories.feeds import alpine, debian
from pratique.model import Advisory, Affected, Confidence, Distribution, Exploited, Kind, Likelihood, Origin, Package, Range, Severity, Status

GHSA = advisory("GHSA-aaaa-bbbb-cccc", affected("x", Range("0", "2")), aliases=("CVE-2026-1",), severity=Severity.HIGH, severity_source="GHSA: high")
PYSEC = advisory("PYSEC-2026-1", affected("x", Range("0", "2")), aliases=("CVE-2026-1", "GHSA-aaaa-bbbb-cccc"))
BULLETIN = advisory("ALSA-2026:1", affected("openssl", Range("0", "3"), ecosystem="AlmaLinux:8"), upstream=("CVE-2026-1", "CVE-2026-2"))


def in_debian(name: str, *ranges: Range, **more: Any) -> Affected:
    return affected(name, *ranges, ecosystem="Debian:12", **more)


# -------------------------------------------------------------------------------------------------------------- merging


def test_records_of_one_flaw_are_one_finding_under_its_cve() -> None:
    (found,) = matched([python("x", "1")], [PYSEC, GHSA, advisory("CVE-2026-1", affected("x", Range("0", "2")), feed="other")]).findings
    assert found.rule == "CVE-2026-1"
    assert found.aliases == ("GHSA-aaaa-bbbb-cccc", "PYSEC-2026-1")
    assert (found.severity, found.severity_source, found.fixed) == (Severity.HIGH, "GHSA", "2")
    assert found.feeds == ("osv", "other")


def test_records_are_joined_through_a_third_that_knows_both_names() -> None:
    ends = [advisory("PYSEC-1", affected("x", Range("0", "2"))), advisory("GO-1", affected("x", Range("0", "2")))]
    middle = advisory("SNYK-1", affected("x", Range("0", "2")), aliases=("PYSEC-1", "GO-1"))
    assert len(matched([python("x", "1")], ends).findings) == 2
    assert len(matched([python("x", "1")], [*ends, middle]).findings) == 1


def test_without_a_cve_the_ghsa_names_it_and_without_that_the_ecosystem() -> None:
    assert matched([python("x", "1")], [replace(GHSA, aliases=()), replace(PYSEC, aliases=(GHSA.id,))]).findings[0].rule == GHSA.id
    assert matched([python("x", "1")], [replace(PYSEC, aliases=("BIT-x-1",))]).findings[0].rule == PYSEC.id


def test_a_record_that_says_the_version_is_not_affected_adds_nothing() -> None:
    (found,) = matched([python("x", "3")], [GHSA, advisory("PYSEC-2026-1", affected("x", Range("0", "4")), aliases=("CVE-2026-1",))]).findings
    assert found.severity is Severity.UNKNOWN
    assert found.fixed == "4"


def test_a_bulletin_is_one_finding_for_each_flaw_and_its_id_joins_none_of_them() -> None:
    found = matched([rpm("openssl", "1")], [BULLETIN], [ALMA]).findings
    assert [f.rule for f in found] == ["CVE-2026-1", "CVE-2026-2"]
    assert {f.aliases for f in found} == {("ALSA-2026:1",)}


def test_a_publishers_own_name_of_a_cve_is_that_cve() -> None:
    records = [
        advisory("DEBIAN-CVE-2026-1", in_debian("x", Range("0", "2")), upstream=("CVE-2026-1",)),
        advisory("CVE-2026-1", in_debian("x", Range("0", "2")), feed="debian-tracker"),
        advisory("UBUNTU-CVE-2026-1", in_debian("x", Range("0", "2"))),
    ]
    (found,) = matched([deb("x", "1")], records, [DEBIAN]).findings
    assert (found.rule, found.aliases) == ("CVE-2026-1", ("DEBIAN-CVE-2026-1", "UBUNTU-CVE-2026-1"))


def test_the_fix_clears_all_that_is_merged() -> None:
    later = advisory("PYSEC-2026-1", affected("x", Range("0", "2.1")), aliases=("CVE-2026-1",))
    assert matched([python("x", "1")], [GHSA, later]).findings[0].fixed == "2.1"


# ------------------------------------------------------------------------------------------------------ what is left out


def test_one_upgrade_removes_all_flaws_of_a_package() -> None:
    records = [
        advisory("CVE-2024-1", affected("thing", Range("0", "1.1"))),
        advisory("CVE-2024-2", affected("thing", Range("0", "1.5"), Range("2.0", "2.2"))),
        advisory("CVE-2024-3", affected("thing", Range("0", "2.0"))),
        advisory("CVE-2024-4", affected("thing", Range("0", ""))),
    ]
    found = {finding.rule: (finding.fixed, finding.upgrade) for finding in matched([python("thing", "1.0")], records).findings}
    # 2.0 alone would bring the second flaw back: its other branch is fixed in 2.2.
    assert found == {"CVE-2024-1": ("1.1", "2.2"), "CVE-2024-2": ("1.5", "2.2"), "CVE-2024-3": ("2.0", "2.2"), "CVE-2024-4": ("", "")}


def test_withdrawn_records_never_hit_and_are_counted() -> None:
    found = matched([python("x", "1")], [replace(GHSA, withdrawn="2026-01-01T00:00:00Z")])
    assert (found.findings, found.suppressed, found.withdrawn) == ((), (), 1)


def test_bulletins_that_name_no_flaw_are_no_findings() -> None:
    assert not matched([rpm("openssl", "1")], [replace(BULLETIN, security=False)], [ALMA]).findings


def test_what_a_later_layer_deleted_is_not_matched_unless_its_database_was_lost() -> None:
    assert not matched([python("x", "1", origin=hidden())], [GHSA]).findings
    (found,) = matched(
        [deb("x", "1", origin=hidden(), last_known=True)], [advisory("CVE-2026-1", in_debian("x", Range("0", "2")))], [DEBIAN]
    ).findings
    assert found.confidence is Confidence.LOW
    assert "cannot be told" in found.note


def test_other_ecosystems_and_releases_do_not_hit() -> None:
    records = [
        advisory("CVE-2026-1", affected("x", Range("0", "2"), ecosystem="Debian:11")),
        advisory("CVE-2026-2", affected("x", Range("0", "2"), ecosystem="Debian:12")),
        advisory("CVE-2026-3", affected("x", Range("0", "2"), ecosystem="PyPI")),
    ]
    assert [f.rule for f in matched([deb("x", "1")], records, [DEBIAN]).findings] == ["CVE-2026-2"]


def test_another_architecture_is_not_hit() -> None:
    record = advisory("CVE-2026-1", affected("x", Range("0", "2"), ecosystem="AlmaLinux:8", arch=("s390x",)))
    assert not matched([rpm("x", "1", arch="x86_64")], [record], [ALMA]).findings
    assert matched([rpm("x", "1", arch="s390x")], [record], [ALMA]).findings
    assert matched([rpm("x", "1", arch="noarch")], [record], [ALMA]).findings


# ---------------------------------------------------------------------------------------------------------- OS packages


def test_os_packages_are_judged_by_source_name_and_source_version_and_each_binary_package_is_named() -> None:
    record = advisory("CVE-2026-1", in_debian("openssl", Range("0", "3.0.11")))
    packages = [deb("openssl", "3.0.9"), deb("libssl3", "3.0.9", "openssl"), replace(deb("other", "1"), name="openssl-not")]
    found = matched(packages, [record], [DEBIAN]).findings
    assert [f.package.name for f in found if f.package] == ["libssl3", "openssl"]
    assert {f.fixed for f in found} == {"3.0.11"}
    assert "build of openssl 3.0.11" in found[0].remedy
    rebuilt = replace(deb("libssl3", "99"), source=deb("openssl", "3.0.9").source)
    assert matched([rebuilt], [record], [DEBIAN]).findings[0].fixed == "3.0.11"


def test_each_root_is_judged_by_its_own_release() -> None:
    nested = Distribution("debian", "11", origin=Origin(root="rootfs"))
    records = [advisory(f"CVE-2026-{n}", affected("x", Range("0", "2"), ecosystem=f"Debian:{n}")) for n in (11, 12)]
    inner = deb("x", "1", distribution="debian:11", origin=Origin(root="rootfs"))
    found = matched([deb("x", "1"), inner], records, [nested, DEBIAN]).findings
    assert {(f.rule, f.origin.root) for f in found} == {("CVE-2026-11", "rootfs"), ("CVE-2026-12", "")}


def test_the_publishers_status_is_kept_with_its_words() -> None:
    entries = [
        ("CVE-2026-1", in_debian("x", Range("0"), status=Status.WONT_FIX, note="no-dsa: Minor issue")),
        ("CVE-2026-2", in_debian("x", Range("0"), status=Status.POSTPONED)),
        ("CVE-2026-3", in_debian("x", Range("0"), status=Status.UNDETERMINED)),
        ("CVE-2026-4", in_debian("x", Range("0"), status=Status.END_OF_LIFE, note="end-of-life")),
        ("CVE-2026-5", in_debian("x", Range("0"))),
        ("CVE-2026-6", in_debian("x", status=Status.NOT_AFFECTED)),
        ("CVE-2026-7", in_debian("x", Range("0", "2"), status=Status.FIXED)),
    ]
    found = {f.rule: f for f in matched([deb("x", "1")], [advisory(name, entry) for name, entry in entries], [DEBIAN]).findings}
    assert {name[-1]: f.status for name, f in found.items()} == {
        "1": Status.WONT_FIX,
        "2": Status.POSTPONED,
        "3": Status.UNDETERMINED,
        "4": Status.END_OF_LIFE,
        "5": Status.AFFECTED,
        "7": Status.AFFECTED,
    }
    assert found["CVE-2026-1"].note == "no-dsa: Minor issue"
    assert "will not fix" in found["CVE-2026-1"].remedy
    assert found["CVE-2026-3"].confidence is Confidence.LOW
    assert found["CVE-2026-7"].fixed == "2"


def test_debians_own_records() -> None:
    orders = {"deb": pytest.importorskip("pratique.ecosystems.debian").ECOSYSTEM}
    import json

    records = [one for one in debian.parse("debian", json.dumps(sample("debian-tracker/debian.json")).encode()) if isinstance(one, Advisory)]
    stretch = Distribution("debian", "9", "stretch")

    def rules(package: Package) -> dict[str, Any]:
        return {f.rule: f for f in matched([replace(package, distribution="debian:9")], records, [stretch], orders=orders).findings}

    assert rules(deb("prototypejs", "1.6.0-1"))["CVE-2008-7220"].severity is Severity.HIGH
    assert rules(deb("prototypejs", "1.6.0-1"))["CVE-2008-7220"].severity_source == "Debian"
    assert "CVE-2007-2383" not in rules(deb("prototypejs", "1.5-1")), "fixed_version 0: this release was never affected"
    assert rules(deb("prototypejs", "1.7.1-3")) == {}
    (ended,) = rules(deb("chromium", "73.0-1")).values()
    assert (ended.status, ended.fixed, ended.note) == (Status.END_OF_LIFE, "", "end-of-life")


def test_alpines_own_records() -> None:
    from conftest import shared

    orders = {"apk": pytest.importorskip("pratique.ecosystems.alpine").ECOSYSTEM}
    data = shared("feeds", "alpine", "v3.18", "main.json").read_bytes()
    records = [one for one in alpine.parse("v3.18/main", data) if isinstance(one, Advisory)]

    def rules(version: str) -> dict[str, str]:
        return {f.rule: f.fixed for f in matched([apk("avahi-libs", version, "avahi")], records, [ALPINE], orders=orders).findings}

    assert rules("0.8-r4") == {"CVE-2021-3502": "0.8-r5"}
    assert rules("0.8-r5") == {}
    assert rules("0.6.32-r0").keys() == {"CVE-2021-3502", "CVE-2021-3468", "CVE-2017-6519", "CVE-2018-1000845"}, "CVE-2021-26720 never hit Alpine"


# ----------------------------------------------------------------------------------------------------- language packages


def test_a_language_package_that_an_os_package_owns_is_judged_by_the_distribution_alone() -> None:
    os_package = deb("python3-x", "1", "x")
    found = matched([python("x", "1", owner=os_package.purl), os_package], [GHSA], [DEBIAN])
    assert found.findings == ()
    (suppressed,) = found.suppressed
    assert suppressed.finding.rule == "CVE-2026-1"
    assert os_package.purl in suppressed.reason


def test_where_no_feed_judges_the_owner_the_finding_stays_and_says_so() -> None:
    owner = deb("python3-x", "1", "x")
    found = matched([python("x", "1", owner=owner.purl), owner], [GHSA], [Distribution("unheard-of", "1")])
    assert "no feed judges" in found.findings[0].note
    assert not found.suppressed


def test_names_are_compared_as_the_ecosystem_writes_them() -> None:
    record = advisory("GHSA-1", affected("Pillow", Range("0", "2")))
    assert matched([python("pillow", "1")], [record]).findings


def test_malware_is_critical_keeps_its_name_and_is_not_upgraded() -> None:
    record = advisory("MAL-2026-1", affected("x", Range("0")), aliases=("GHSA-1", "CVE-2026-9"), malicious=True, severity=Severity.LOW)
    (found,) = matched([python("x", "1")], [record, advisory("GHSA-1", affected("x", Range("0", "2")))]).findings
    assert (found.rule, found.kind, found.severity, found.fixed) == ("MAL-2026-1", Kind.MALWARE, Severity.CRITICAL, "")
    assert "replace every secret" in found.remedy


def test_log4shell_is_fixed_on_each_branch() -> None:
    orders = {"maven": pytest.importorskip("pratique.ecosystems.maven").ECOSYSTEM}
    records = [one for one in feed("Maven") if one.id == "GHSA-jfh8-c2jp-5v3q"]

    def fixed(version: str) -> list[str]:
        package = Package(
            "maven", "log4j-core", version, f"pkg:maven/org.apache.logging.log4j/log4j-core@{version}", namespace="org.apache.logging.log4j"
        )
        return [f.fixed for f in matched([package], records, orders=orders).findings]

    assert fixed("2.14.1") == ["2.15.0"]
    assert fixed("2.12.1") == ["2.12.2"]
    assert fixed("2.3") == ["2.3.1"]
    assert fixed("2.3.1") == fixed("2.12.2") == fixed("2.15.0") == []


def test_gos_own_records_have_a_fix_on_each_branch_of_the_standard_library() -> None:
    """GO-2023-2102 (HTTP/2 rapid reset): Go 1.20.10 and 1.21.3, x/net 0.17.0."""
    orders = {"golang": pytest.importorskip("pratique.ecosystems.golang").ECOSYSTEM}
    records = [one for one in feed("Go") if one.id == "GO-2023-2102"]

    def fixed(namespace: str, name: str, version: str) -> list[str]:
        package = Package("golang", name, version, f"pkg:golang/{namespace}/{name}@{version}", namespace=namespace)
        return [f.fixed for f in matched([package], records, orders=orders).findings]

    assert fixed("", "stdlib", "1.20.9") == ["1.20.10"]
    assert fixed("", "stdlib", "1.21.1") == ["1.21.3"]
    assert fixed("", "stdlib", "1.20.10") == fixed("", "stdlib", "1.21.3") == []
    assert fixed("golang.org/x", "net", "v0.16.0") == ["0.17.0"]
    assert fixed("golang.org/x", "net", "v0.17.0") == []


def test_django_by_both_publishers_is_one_finding_with_the_fix_of_its_branch() -> None:
    orders = {"pypi": pytest.importorskip("pratique.ecosystems.pypi").ECOSYSTEM}
    records = [one for one in feed("PyPI") if any(entry.name == "django" for entry in one.affected)]
    found = {f.rule: f for f in matched([python("django", "3.2.12")], records, orders=orders).findings}
    injection = found["CVE-2022-28346"]
    assert {"GHSA-2gwj-7jmv-h26r", "PYSEC-2022-190"} <= set(injection.aliases)
    assert (injection.fixed, injection.severity, injection.severity_source) == ("3.2.13", Severity.CRITICAL, "GHSA")
    names = [name for f in found.values() for name in f.names]
    assert len(names) == len(set(names)), "no flaw twice"


KNOWN = """
django 1.11.10, django 2.2.3, django 3.2.12, django 4.2.1, flask 0.12.2, jinja2 2.10, jinja2 3.1.2, pillow 8.1.0, pillow 9.0.0, pyyaml 5.1,
requests 2.19.1, requests 2.31.0, urllib3 1.24.1, urllib3 1.26.17, cryptography 3.2, cryptography 41.0.2, numpy 1.16.0, ansible 2.9.0,
werkzeug 2.2.2, certifi 2022.12.7, aiohttp 3.8.4, tornado 6.3.1, lxml 4.6.2, sqlalchemy 1.3.0, tensorflow 2.5.0, notebook 6.4.0, paramiko 2.4.1,
setuptools 65.5.0, salt 3002.1, babel 2.9.0, httpx 0.22.0, mistune 0.8.4"""


@pytest.mark.parametrize("known", [pair.strip() for pair in KNOWN.split(",")])
def test_findings_on_pypi_are_what_the_records_list_by_version(known: str) -> None:
    """The truth is the `versions` of each record, which its publisher made by other code; records without are left aside."""
    orders = {"pypi": pytest.importorskip("pratique.ecosystems.pypi").ECOSYSTEM}
    name, version = known.split()
    records = [one for one in feed("PyPI") if not one.withdrawn and any(entry.name == name for entry in one.affected)]
    listed = [one for one in records if all(entry.versions for entry in one.affected if entry.name == name)]
    assert listed
    truth = {one.id for one in listed if any(entry.name == name and version in entry.versions for entry in one.affected)}
    assert truth == {one.id for one in listed if matched([python(name, version)], [one], orders=orders).findings}
    together = {id_ for f in matched([python(name, version)], listed, orders=orders).findings for id_ in f.names}
    assert truth <= together


# ----------------------------------------------------------------------------------------------------------------- gaps


def gaps(*args: Any, **more: Any) -> dict[str, str]:
    return {gap.id: gap.message for gap in matched(*args, **more).gaps}


def test_a_distribution_without_a_feed_is_one_gap_for_all_its_packages() -> None:
    found = matched([deb("a", "1"), deb("b", "1")], [], [Distribution("unheard-of", "1", pretty_name="Unheard Of 1")])
    assert [(g.id, g.blind) for g in found.gaps] == [("distribution-uncovered", True)]
    assert "Unheard Of 1" in found.gaps[0].message
    assert "2 packages" in found.gaps[0].message


def test_packages_of_a_root_without_os_release_are_a_gap() -> None:
    assert gaps([deb("a", "1")], [], []).keys() == {"distribution-unknown"}


def test_an_ecosystem_without_data_is_a_gap_and_not_a_clean_image() -> None:
    found = gaps([deb("a", "1"), python("x", "1"), python("y", "1")], [GHSA], [DEBIAN], covered=lambda ecosystem: ecosystem != "PyPI")
    assert found.keys() == {"feed-missing"}
    assert "PyPI: 2 packages" in found["feed-missing"]
    assert "Debian:12" in gaps([deb("a", "1")], [], [DEBIAN], covered=lambda _: False)["feed-missing"]


def test_a_version_that_cannot_be_read_is_a_gap_and_not_a_clean_package() -> None:
    found = matched([python("x", "unparsable"), python("y", "1")], [GHSA])
    assert not found.findings
    (gap,) = found.gaps
    assert (gap.id, gap.blind) == ("version-unreadable", True)
    assert "x unparsable" in gap.message
    assert "\x1b" not in matched([python("x", "\x1b[2J")], []).gaps[0].message


def test_an_advisory_that_cannot_be_compared_is_a_gap_unless_another_record_settles_it() -> None:
    unclear = advisory("PYSEC-9", affected("x", Range("0", "garbage")), aliases=("CVE-2026-1",))
    assert "PYSEC-9 on x 1" in gaps([python("x", "1")], [unclear])["advisory-unreadable"]
    assert not gaps([python("x", "1")], [unclear, GHSA]), "GHSA says it is affected"
    assert not gaps([python("x", "2")], [unclear, GHSA]), "GHSA says it is not"
    assert gaps([python("x", "2")], [unclear, replace(GHSA, aliases=())]), "another flaw settles nothing"


def test_an_unknown_ecosystem_is_a_gap() -> None:
    assert gaps([Package("cargo", "x", "1", "pkg:cargo/x@1")], []).keys() == {"ecosystem-unknown"}


def test_packages_of_another_vendor_are_not_judged_by_the_distribution_and_that_is_said() -> None:
    record = advisory("ALSA-1", affected("nodejs", Range("0", "9"), ecosystem="AlmaLinux:8"))
    packages = [rpm("nodejs", "1", supplier="NodeSource"), rpm("bash", "1", supplier="AlmaLinux"), rpm("old", "1", supplier="CloudLinux")]
    found = matched(packages, [record], [ALMA])
    assert not found.findings
    assert [(g.id, g.blind) for g in found.gaps] == [("third-party", True)]
    assert "1 package in AlmaLinux 8.10 came from another vendor, whom no feed covers (nodejs)" in found.gaps[0].message


# ---------------------------------------------------------------------------------------------- exploited, likely, words


def test_exploited_and_likelihood_are_joined_through_every_alias_and_a_missing_score_stays_unknown() -> None:
    kev = Exploited("CVE-2026-1", date(2026, 2, 1))
    score = Likelihood(0.4, 0.9, "2026-08-16", "v4")
    asked: set[str] = set()

    def exploited(ids: Any) -> dict[str, Exploited]:
        asked.update(ids)
        return {"CVE-2026-1": kev}

    named_otherwise = advisory("GHSA-1", affected("y", Range("0", "2")))
    hit, other = matched(
        [python("x", "1"), python("y", "1")], [GHSA, named_otherwise], exploited=exploited, likelihood=lambda _: {"CVE-2026-1": score}
    ).findings
    assert (hit.exploited, hit.epss) == (kev, score)
    assert (other.exploited, other.epss) == (None, None)
    assert asked == {"CVE-2026-1", "GHSA-aaaa-bbbb-cccc", "GHSA-1"}


def test_the_message_is_one_plain_sentence() -> None:
    def message(summary: str) -> str:
        return matched([python("x", "1")], [replace(GHSA, summary=summary)]).findings[0].message

    assert message("Denial of service in Node.js parsing. Upgrade now.") == "Denial of service in Node.js parsing."
    assert message("Bad\x1b[31m\u202e words\nof  many lines") == "Bad [31m words of many lines"
    assert len(message("x" * 5000)) == 200
    assert message("") == "CVE-2026-1 in x 1"
    assert message("\ud800 \x00") == "CVE-2026-1 in x 1"


def test_the_store_answers_as_the_feed_does(tmp_path: Any) -> None:
    """The store leaves out what matching calls irrelevant; the findings must be those of the whole feed."""
    from conftest import shared
    from matching_sample import NOW, lookup_in

    from pratique.advisories.feeds import osv
    from pratique.advisories.store import AdvisoryStore
    from pratique.matching.match import match
    from pratique.model import Knowledge

    orders = {"pypi": pytest.importorskip("pratique.ecosystems.pypi").ECOSYSTEM}
    packages = [python(*pair.split()) for pair in map(str.strip, KNOWN.split(","))]
    data = shared("feeds", "osv", "PyPI", "all.zip").read_bytes()
    with AdvisoryStore.open(tmp_path / "advisories.sqlite") as store:
        store.replace(Knowledge("osv", "PyPI", "sha256:0", NOW.isoformat(), None, True), osv.parse("PyPI", data), now=NOW)
        stored = match(packages, [], orders, store.advisories, now=NOW)
    whole = match(packages, [], orders, lookup_in(feed("PyPI")), now=NOW)
    assert len(whole.findings) > 500
    assert stored.findings == whole.findings
    assert stored.gaps == whole.gaps


# ----------------------------------------------------------------------------------------------------------------- laws

BOUND = st.integers(0, 6).map(str)
RECORDS = st.lists(
    st.builds(
        lambda id_, aliases, ranges, withdrawn, severity: advisory(
            id_, affected("x", *ranges), aliases=tuple(sorted(set(aliases) - {id_})), withdrawn=withdrawn, severity=severity, severity_source=id_
        ),
        st.sampled_from([f"{kind}-{n}" for kind in ("PYSEC", "GHSA") for n in range(4)]),
        st.lists(st.sampled_from(["CVE-2026-1000", "CVE-2026-1001", "GHSA-1", "PYSEC-1"]), max_size=2),
        st.lists(st.builds(Range, BOUND, st.one_of(st.just(""), BOUND)), min_size=1, max_size=2),
        st.sampled_from(["", "", "", "2026-01-01"]),
        st.sampled_from(Severity),
    ),
    max_size=6,
    unique_by=lambda one: one.id,
)


@settings(max_examples=60, deadline=None)
@given(RECORDS, BOUND, st.randoms())
def test_the_answer_does_not_depend_on_the_order_of_the_records(records: list[Advisory], version: str, random: Any) -> None:
    shuffled = records.copy()
    random.shuffle(shuffled)
    assert matched([python("x", version)], records).findings == matched([python("x", version)], shuffled).findings


@settings(max_examples=60, deadline=None)
@given(RECORDS, BOUND)
def test_more_records_never_hide_a_flaw(records: list[Advisory], version: str) -> None:
    """Findings may join (a new record knows both names), so it is names that never get fewer."""
    some = {name for f in matched([python("x", version)], records[:-1]).findings for name in f.names}
    assert some <= {name for f in matched([python("x", version)], records).findings for name in f.names}


@settings(max_examples=60, deadline=None)
@given(RECORDS, BOUND)
def test_no_name_is_in_two_findings_of_a_package(records: list[Advisory], version: str) -> None:
    names = [name for f in matched([python("x", version)], records).findings for name in f.names]
    assert len(names) == len(set(names))


@settings(max_examples=60, deadline=None)
@given(RECORDS, BOUND)
def test_withdrawn_records_change_nothing(records: list[Advisory], version: str) -> None:
    standing = [one for one in records if not one.withdrawn]
    assert matched([python("x", version)], records).findings == matched([python("x", version)], standing).findings


@settings(max_examples=30, deadline=None)
@given(st.permutations([python("x", "1"), deb("x", "1"), python("x", "3"), rpm("openssl", "1")]))
def test_the_answer_does_not_depend_on_the_order_of_the_packages(packages: list[Package]) -> None:
    records = [GHSA, PYSEC, BULLETIN, advisory("CVE-2026-1", in_debian("x", Range("0", "2")))]
    alma = replace(ALMA, origin=Origin(root="alma"))
    packages = [replace(p, origin=Origin(root="alma")) if p.type == "rpm" else p for p in packages]
    found = matched(packages, records, [DEBIAN, alma]).findings
    assert len(found) == 4
    assert found == matched(sorted(packages, key=lambda p: p.purl), records, [DEBIAN, alma]).findings


def test_the_three_publishers_in_every_order_give_one_answer() -> None:
    records = [
        GHSA,
        PYSEC,
        advisory("CVE-2026-1", affected("x", Range("1", "1.5")), summary="A third.", cvss=("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",)),
    ]
    assert len({matched([python("x", "1.2")], list(order)).findings for order in permutations(records)}) == 1
