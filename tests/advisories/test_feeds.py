"""Every feed, whole: each record of the publishers' own files is read, and their number is the publisher's."""

from __future__ import annotations

import gzip
import importlib
import io
import json
import pkgutil
import re
import zipfile
from datetime import date

import pytest
from conftest import shared

import pratique.advisories.feeds
from pratique.advisories.feed import Feed
from pratique.errors import MalformedAdvisory
from pratique.leaves import leaves
from pratique.model import Advisory, Exploited, Gap, Lifecycle, Severity, Status

FEEDS = {feed.id: feed for feed in leaves("pratique.advisories.feeds", Feed)}


def index() -> list[dict]:
    return json.loads(shared("feeds", "index.json").read_text())["partitions"]


def parsed(feed: str, partition: str) -> list:
    entry = next(e for e in index() if (e["feed"], e["partition"]) == (feed, partition))
    return list(FEEDS[feed].parse(partition, shared("feeds", entry["path"]).read_bytes()))


def test_there_is_one_declaration_in_each_module():
    modules = [m.name for m in pkgutil.iter_modules(pratique.advisories.feeds.__path__)]
    for name in modules:
        module = importlib.import_module(f"pratique.advisories.feeds.{name}")
        assert sum(isinstance(value, Feed) for value in vars(module).values()) == 1, name
    assert len(FEEDS) == len(modules)


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_the_sample_of_a_feed_parses(feed):
    records = list(feed.parse(*feed.sample))
    assert records
    assert not [r for r in records if isinstance(r, Gap)]


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n \n",
        b"<!DOCTYPE html><html><body>sign in</body></html>",
        b"\xef\xbb\xbf <html>",
        b"PK\x03\x04 not a zip",
        b"\x1f\x8b\x08\x00 not gzip",
        b"\x00" * 100,
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    ],
    ids=["empty", "blank", "html", "html-bom", "no-zip", "no-gzip", "zeros", "deep-list", "deep-object"],
)
def test_what_is_no_data_is_an_error_or_a_gap_never_a_record(feed, data):
    try:
        records = list(feed.parse(feed.sample[0], data))
    except MalformedAdvisory as error:
        assert error.message
        assert error.remedy
    else:
        assert all(isinstance(r, Gap) and r.blind for r in records), records


@pytest.mark.parametrize(
    ("partition", "count"),
    [
        ("PyPI", 7126),
        ("Go", 4293),
        ("crates.io", 1207),
        ("AlmaLinux:8", 3237),
        ("AlmaLinux:9", 1783),
        ("AlmaLinux:10", 660),
        ("Bitnami", 7444),
        ("Debian", 18465),
        ("Maven", 465),
        ("npm", 186),
        ("NuGet", 19),
        ("RubyGems", 22),
        ("Packagist", 15),
        ("Hex", 1),
        ("Pub", 1),
    ],
)
def test_every_record_of_an_ecosystem_is_parsed(partition, count):
    """The counts are those of the data's README."""
    records = parsed("osv", partition)
    assert len(records) == count
    assert all(isinstance(r, Advisory) for r in records)
    assert all(a.ecosystem == partition or a.ecosystem.startswith(f"{partition}:") for r in records for a in r.affected)


def test_ranges_of_every_record_say_what_the_record_says():
    """Independent truth: the events of each range, read by the standard library, against the branches made of them."""
    path = shared("feeds", "osv", "Bitnami", "all.zip")
    records = {r.id: r for r in FEEDS["osv"].parse("Bitnami", path.read_bytes())}
    odd = set()
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            entry = json.loads(archive.read(name))
            events = [e for a in entry["affected"] for r in a["ranges"] for e in r["events"]]
            pairs = list(zip((e.get("introduced") for e in events[::2]), (e.get("fixed", "") for e in events[1::2]), strict=False))
            ranges = [(r.introduced, r.fixed) for a in records[entry["id"]].affected for r in a.ranges]
            if ranges[: len(pairs)] != pairs:
                odd.add(entry["id"])
    # their publisher wrote an end before its beginning (introduced 9.4.0, fixed 9.3.4), or the same branch twice
    assert odd == {"BIT-elasticsearch-2026-63136", "BIT-gitlab-2024-6685", "BIT-kibana-2025-25014", "BIT-redis-2025-21605"}


def test_debians_tracker_is_read_whole():
    records = parsed("debian-tracker", "debian")
    raw = json.loads(gzip.decompress(shared("feeds", "debian", "tracker-derived.json.gz").read_bytes()))
    assert len(raw) == 564
    assert len(records) == sum(map(len, raw.values())) == 15_119
    assert sum(len(r.affected) for r in records) == sum(len(flaw["releases"]) for flaws in raw.values() for flaw in flaws.values())
    assert {a.ecosystem for r in records for a in r.affected} == {"Debian:10", "Debian:11", "Debian:12", "Debian:13"}


def entries_of(path: str) -> int:
    packages = json.loads(shared("feeds", path).read_text())["packages"]
    return sum(len(ids or ()) for p in packages for ids in p["pkg"]["secfixes"].values())


def test_alpines_databases_are_read_whole():
    partitions = [e for e in index() if e["feed"] == "alpine-secdb"]
    assert len(partitions) == 26
    for entry in partitions:
        records = parsed("alpine-secdb", entry["partition"])
        assert not [r for r in records if isinstance(r, Gap)]
        assert len(records) >= entries_of(entry["path"])
    assert entries_of("alpine/edge/main.json") == 3262
    assert entries_of("alpine/edge/community.json") == 6542
    # three entries of edge/main (Xen) name two CVEs each
    assert len(parsed("alpine-secdb", "edge/main")) == 3262 + 3
    assert len(parsed("alpine-secdb", "edge/community")) == 6542


def test_wolfis_database_is_read_whole():
    records = parsed("wolfi-secdb", "os")
    assert len(records) == entries_of("wolfi/os/security.json") == 31_931
    assert {a.name for r in records for a in r.affected} <= {
        p["pkg"]["name"] for p in json.loads(shared("feeds/wolfi/os/security.json").read_text())["packages"]
    }
    assert any(a.status is Status.NOT_AFFECTED for r in records for a in r.affected)


def test_both_forms_of_the_catalogue_of_exploited_flaws_are_read_and_agree():
    from_json = parsed("kev", "")
    from_csv = list(FEEDS["kev"].parse("", shared("feeds/kev/known_exploited_vulnerabilities.csv").read_bytes()))
    assert len(from_json) == 1404
    assert from_json == from_csv
    assert len(parsed("kev", "2025-11-14")) == 1460
    assert FEEDS["kev"].dated(shared("feeds/kev/known_exploited_vulnerabilities.json").read_bytes()) == "2025-08-25"
    assert from_json[0] == Exploited("CVE-2025-48384", date(2025, 8, 25), date(2025, 9, 15), False)


@pytest.mark.parametrize(("day", "count", "model"), [("2025-11-16", 302_117, "v2025.03.14"), ("2026-08-16", 360_142, "unknown")])
def test_every_score_is_read(day, count, model):
    records = parsed("epss", day)
    assert len(records) == count
    assert not [r for r in records if isinstance(r, Gap)]
    assert {(r[1].day, r[1].model) for r in records} == {(day, model)}


def test_the_ends_of_support_are_read():
    found = {(r.distribution, r.release): r for r in parsed("endoflife", "")}
    assert found["debian", "12"] == Lifecycle("debian", "12", "bookworm", date(2026, 7, 11), date(2028, 6, 30))
    assert found["centos", "8"].ends == date(2021, 12, 31)
    assert ("centos", "9") in found
    assert ("alpine", "3.18") in found
    assert {r.distribution for r in found.values()} >= {"almalinux", "amzn", "fedora", "ol", "opensuse-leap", "rhel", "rocky", "sles", "ubuntu"}
    debian = {r.release: r for r in parsed("distro-info", "debian")}
    assert len(debian) == 20  # 22 less sid and experimental, which have no number
    assert debian["12"].ends
    assert len(parsed("distro-info", "ubuntu")) == 45


OSV_SHAPED = ("ghsa/", "osv-other/", "ubuntu-osv/")
NOT_OSV = {
    "osv-other/DLA-981-1.json": "Debian's list in a JSON of its own (header and annotations)",
    "osv-other/RLSA-2022-7730.json": "Rocky's Apollo API, not its OSV export",
}
READ_BY_OTHERS = ("debian-tracker/debian.json", "chainguard-secdb/", "epss/", "endoflife-api-v1/")
LATER = (
    *("INDEX.tsv", "amazon-alas/", "azurelinux-oval/", "cvelistV5/", "debian-tracker/DSA", "nvd-api-2.0/", "photon-oval/"),
    *("redhat-csaf-advisories/", "redhat-csaf-vex/", "suse-cvrf/", "suse-oval/", "ubuntu-vex/"),
)
"""Formats that no feed reads yet."""


def test_the_samples_of_other_publishers_parse():
    with zipfile.ZipFile(shared("feeds/samples/samples.zip")) as archive:
        samples = {name: archive.read(name) for name in archive.namelist()}
    assert all(name.startswith((*OSV_SHAPED, *READ_BY_OTHERS, *LATER)) for name in samples)
    unread = set()
    for name in samples:
        if name.startswith(OSV_SHAPED):
            (record,) = FEEDS["osv"].parse("", samples[name])
            if isinstance(record, Gap):
                unread.add(name)
            else:
                assert record.id == json.loads(samples[name])["id"]
    assert unread == set(NOT_OSV)

    tracker = list(FEEDS["debian-tracker"].parse("debian", samples["debian-tracker/debian.json"]))
    assert not [r for r in tracker if isinstance(r, Gap) and r.blind]
    statuses = {a.status for r in tracker if isinstance(r, Advisory) for a in r.affected}
    assert Status.NOT_AFFECTED in statuses
    assert {a.severity for r in tracker if isinstance(r, Advisory) for a in r.affected} >= {Severity.HIGH, Severity.LOW, Severity.NEGLIGIBLE}

    chainguard = list(FEEDS["wolfi-secdb"].parse("chainguard", samples["chainguard-secdb/security.json"]))
    assert {a.ecosystem for r in chainguard for a in r.affected} == {"Chainguard"}
    assert len(list(FEEDS["epss"].parse("", samples["epss/example-1.csv"]))) == 5
    ubuntu = list(FEEDS["endoflife"].parse("", samples["endoflife-api-v1/valid-eol-response.json"]))
    assert [(r.release, r.ends) for r in ubuntu] == [("24.04", date(2029, 4, 25)), ("22.04", date(2027, 4, 21)), ("18.04", date(2023, 4, 26))]


def test_samples_that_claim_to_be_osv_and_parse_hold_against_the_official_schema():
    """What we accept is OSV: no record that the schema refuses for want of an id or a time is taken silently."""
    import jsonschema

    validator = jsonschema.Draft202012Validator(json.loads(shared("schemas/osv.schema.json").read_text()))
    with zipfile.ZipFile(shared("feeds/samples/samples.zip")) as archive:
        for name in archive.namelist():
            if name.startswith(OSV_SHAPED) and validator.is_valid(json.loads(archive.read(name))):
                (record,) = FEEDS["osv"].parse("", archive.read(name))
                assert isinstance(record, Advisory), name


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


GOOD = FEEDS["osv"].sample[1]


def test_one_bad_record_in_a_zip_is_a_gap_and_the_others_stay():
    data = zipped({"a.json": GOOD, "b.json": b"{", "c.json": GOOD, "d.json": b'{"id": 5}', "../../x.json": GOOD, "notes.txt": b"no record"})
    records = list(FEEDS["osv"].parse("PyPI", data))
    assert [isinstance(r, Gap) for r in records] == [False, True, False, True, False]
    assert {r.path for r in records if isinstance(r, Gap)} == {"b.json", "d.json"}


def test_json_of_depth_ten_thousand_in_a_zip_is_a_gap():
    (record,) = FEEDS["osv"].parse("PyPI", zipped({"deep.json": b'{"id":"X","database_specific":' + b"[" * 10_000 + b"]" * 10_000 + b"}"}))
    assert isinstance(record, Gap)


def test_a_truncated_zip_is_refused():
    data = zipped({f"{i}.json": GOOD for i in range(20)})
    for end in (len(data) - 1, len(data) // 2, 30):
        with pytest.raises(MalformedAdvisory, match="truncated"):
            list(FEEDS["osv"].parse("PyPI", data[:end]))


def test_a_damaged_member_is_a_gap():
    data = bytearray(zipped({"a.json": GOOD, "b.json": GOOD}))
    data[60] ^= 0xFF
    first, second = FEEDS["osv"].parse("PyPI", bytes(data))
    assert isinstance(first, Gap)
    assert isinstance(second, Advisory)


def test_a_zip_bomb_is_bounded(monkeypatch):
    from pratique.advisories import document

    bomb = zipped({"bomb.json": b" " * (document.MEMBER_LIMIT + 1), "a.json": GOOD})
    first, second = FEEDS["osv"].parse("PyPI", bomb)
    assert isinstance(first, Gap)
    assert "larger" in first.message
    assert isinstance(second, Advisory)
    monkeypatch.setattr(document, "UNPACKED_LIMIT", 1000)
    with pytest.raises(MalformedAdvisory, match="unpacks to more"):
        list(FEEDS["osv"].parse("PyPI", bomb))
    monkeypatch.setattr(document, "MEMBERS_LIMIT", 1)
    with pytest.raises(MalformedAdvisory, match="members"):
        list(FEEDS["osv"].parse("PyPI", bomb))


def test_a_gzip_bomb_and_a_lying_gzip_are_refused(monkeypatch):
    from pratique.advisories import document

    monkeypatch.setattr(document.plain, "__defaults__", (1000,))
    with pytest.raises(MalformedAdvisory, match="unpacks to more"):
        list(FEEDS["epss"].parse("", gzip.compress(b"a" * 2000)))
    lying = gzip.compress(b"a" * 2000)[:-4] + (10).to_bytes(4, "little")
    with pytest.raises(MalformedAdvisory, match="damaged"):
        list(FEEDS["epss"].parse("", lying))


def test_lines_that_are_no_scores_are_gaps():
    data = b"#model_version:v1,score_date:2026-01-02T00:00:00Z\ncve,epss,percentile\nCVE-1-1,0.5,0.5\nCVE-1-2,nan,0.5\nCVE-1-3,2,0.5\nx\n"
    records = list(FEEDS["epss"].parse("", data))
    assert [isinstance(r, Gap) for r in records] == [False, True, True, True]


def test_ids_written_by_hand_are_split():
    from pratique.formats.secdb import names

    def split(entry: str) -> list:
        return [(name, aliases) for name, aliases, _ in names(entry)]

    assert split("CVE-2019-1234 (+ regression fix)") == [("CVE-2019-1234", ())]
    assert split("CVE-2020-11740 CVE-2020-11741 XSA-313") == [("CVE-2020-11740", ()), ("CVE-2020-11741", ())]
    assert split("CVE-2026-48785 / GHSA-cr2j-534f-mf3g") == [("CVE-2026-48785", ("GHSA-cr2j-534f-mf3g",))]
    assert split("CVE 2025-48379") == [("CVE-2025-48379", ())]
    assert split("CVE-????-????? XSA-312") == [("XSA-312", ())]
    assert split("CVE N/A ZBX-11023") == [("ZBX-11023", ())]
    assert split("XSA-207") == [("XSA-207", ())]
    assert split("CVE-2021-35940.patch") == [("CVE-2021-35940", ())]
    assert split("VSV00019") == [("VSV00019", ())]
    assert split("ELEMENTSEC-2026-1071, GHSA-fp53-rw9v-hcf9") == [("GHSA-fp53-rw9v-hcf9", ())]
    ((name, _, note),) = names("CVE-2016-9378 XSA-196")
    assert (name, note) == ("CVE-2016-9378", "XSA-196")  # XSA-196 holds several CVEs: as an alias it would merge them


def test_every_id_of_alpine_gives_an_id_that_is_one():
    ids = {r.id for e in index() if e["feed"] == "alpine-secdb" for r in parsed("alpine-secdb", e["partition"])}
    assert not [i for i in ids if not re.fullmatch(r"[A-Z][A-Za-z0-9]*(-[A-Za-z0-9]+)*", i)]
