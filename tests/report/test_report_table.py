"""What a person reads at a terminal: one fix a line, the most urgent first, and never a yes where it could not be told."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from report.sample import (
    BLIND,
    CLEAN,
    DJANGO,
    EMPTY,
    HOSTILE,
    LIBSSL,
    NOTE,
    OPENSSL,
    REQUESTS,
    SHOP,
    S,
    flaw,
    large,
    pypi,
    without_zones,
)
from wcwidth import wcswidth

from pratique.model import Package, Report, SourcePackage, Status
from pratique.report.fixes import fixes, tally
from pratique.report.format import Options
from pratique.report.licence import is_expression
from pratique.report.table import FORMAT
from pratique.report.text import clip, clip_start, columns, markdown, pad, spans, uri_path, visible, wrap


def table(report: Report, **options: object) -> str:
    return "".join(FORMAT.render(report, Options(**options)))  # type: ignore[arg-type]  # options of the tests


def lines(report: Report, word: str, **options: object) -> list[str]:
    return [line for line in table(report, **options).splitlines() if word in line]


# ------------------------------------------------------------------------------------------------------------------- fixes


def test_one_upgrade_is_one_line_whatever_the_number_of_flaws_and_binaries() -> None:
    (line,) = lines(SHOP, "openssl")
    assert "openssl 3.0.9-1 → 3.0.13-1~deb12u1" in line, "the higher fix holds the lower one"
    assert re.search(r"\b6 CVE-2023-5363 … ", line), "six flaws of two binaries, the worst named"
    assert line.split()[0] == "HIGH"


def test_an_upgrade_stays_on_the_major_version_where_that_has_a_fix() -> None:
    assert [re.search(r"→ (\S+)", line)[1] for line in lines(SHOP, "django 3.2.1")] == ["3.2.13", "4.2.26"]  # type: ignore[index]


def test_an_unreadable_version_is_a_fix_of_its_own() -> None:
    found = fixes(replace(CLEAN, findings=(flaw("CVE-1-1", REQUESTS, S.LOW, "2.31.0"), flaw("CVE-1-2", REQUESTS, S.LOW, "no version"))))
    assert {fix.fixed for fix in found} == {"2.31.0", "no version"}


def test_the_most_urgent_fix_comes_first_and_exploited_before_all() -> None:
    first = next(line for line in table(without_zones(SHOP)).splitlines() if "→" in line and "CVE-" in line)
    assert "CVE-2021-44228 exploited" in first
    assert "log4j-core 2.14.1 → " in first


def test_fixes_are_grouped_by_who_must_act_where_that_is_known() -> None:
    text = table(SHOP)
    base, middle, app = (text.index(f"\n {zone}: ") for zone in ("base", "middle", "app"))
    assert base < text.index("libwebp") < middle < text.index("curl 7.88") < app < text.index("qs 6.5.2")
    assert " base: rebuild on a newer python:3.11-slim-bookworm" in text
    assert "\n base: " not in table(without_zones(SHOP))
    assert "name the base image with --base" in table(without_zones(SHOP))


def test_what_has_no_fix_is_compact_and_says_what_its_publisher_says() -> None:
    text = table(SHOP)
    assert re.search(r"no fix yet +curl 7\.88", text)
    assert re.search(r"postponed +perl 5\.36\.0-7 HIGH", text)
    assert re.search(r"will not be fixed +glibc 2\.36-9\+deb12u1 ×2, perl 5\.36\.0-7", text)


def test_a_flaw_of_a_source_package_counts_once() -> None:
    report = replace(CLEAN, findings=tuple(flaw("CVE-2023-1", package, S.HIGH, "3.0.10") for package in (LIBSSL, OPENSSL)))
    counts = tally(report, fixes(report))
    assert (counts.total, counts.fixable, counts.upgrades, dict(counts.severities)) == (1, 1, 1, {S.HIGH: 1})
    assert "1 upgrade removes 1 of 1 finding." in table(report)


def test_binaries_of_one_source_rpm_are_one_upgrade_and_a_single_one_goes_by_its_own_name() -> None:
    def rpm(name: str, source: str) -> Package:
        return replace(
            LIBSSL,
            type="rpm",
            name=name,
            version="2.34-83.el9",
            purl=f"pkg:rpm/almalinux/{name}@2.34-83.el9",
            source=SourcePackage(source, "2.34-83.el9"),
        )

    installed = (rpm("glibc", "glibc"), rpm("glibc-common", "glibc"), rpm("libgcc", "gcc"))
    found = fixes(replace(CLEAN, findings=tuple(flaw("CVE-2024-2961", one, S.HIGH, "2.34-100.el9") for one in installed)))
    assert [(fix.name, fix.packages) for fix in found] == [("glibc", ("glibc", "glibc-common")), ("libgcc", ("libgcc",))]


def test_the_same_package_deleted_by_a_later_layer_is_a_fix_of_its_own() -> None:
    gone = replace(DJANGO, origin=replace(DJANGO.origin, visible=False))
    found = fixes(replace(CLEAN, findings=(flaw("CVE-1-1", DJANGO, S.LOW, "3.2.2"), flaw("CVE-1-1", gone, S.LOW, "3.2.2"))))
    assert sorted(fix.visible for fix in found) == [False, True]


def test_a_long_list_is_shortened_and_says_how_to_see_all() -> None:
    text = table(large(3000, 9000))
    assert len(text.splitlines()) < 250
    assert re.search(r"… and \d+ more upgrades: -f json shows all", text)


def test_no_number_is_lost_where_a_fix_has_a_long_name() -> None:
    long = pypi("a-very-long-name-of-a-package-that-fits-nowhere", "1.0.0.dev20210921155107+abcdef", 5)
    (line,) = lines(replace(CLEAN, findings=(flaw("GHSA-aaaa-bbbb-cccc", long, S.HIGH, "1.2.3", 0.5),)), "1.2.3", width=80)
    assert re.search(r"…\S+-nowhere 1\.0\.\S*… → 1\.2\.3 +1 GHSA-aaaa-bbbb-cccc +0\.50 +5$", line)


# ----------------------------------------------------------------------------------------------------------------- verdict


def test_could_not_tell_comes_before_any_verdict_and_is_never_green() -> None:
    report = replace(CLEAN, gaps=(BLIND,))
    text = table(report, colour=True)
    assert text.index("Could not tell") < text.index("No findings")
    assert "that could be seen" in text
    assert "\x1b[32m" not in text
    assert "\x1b[32mNo findings" in table(CLEAN, colour=True)


def test_a_note_does_not_change_the_verdict() -> None:
    text = table(replace(CLEAN, gaps=(NOTE,)))
    assert "No findings in 3 packages." in text
    assert "Could not tell" not in text


def test_what_one_act_mends_is_said_once() -> None:
    text = table(
        replace(CLEAN, gaps=(BLIND, replace(BLIND, message="there are no advisories for npm"), replace(BLIND, message="else", remedy="Do that.")))
    )
    assert text.count("→ Run `pratique feeds sync`") == 1
    assert text.index("for npm") < text.index("→ Run") < text.index("→ Do that.")


def test_an_image_that_no_advisory_was_held_against_is_not_called_clean() -> None:
    assert "No findings, but no advisories were asked" in table(EMPTY)
    assert "no distribution was seen" in table(EMPTY)


def test_old_and_missing_knowledge_is_said() -> None:
    text = table(SHOP)
    assert "needed, but not there: osv/Go" in text
    assert "not whole, what they do not name is unknown: osv/npm 2026-11-01 (selection)" in text
    assert CLEAN.created is not None
    assert "debian-tracker/bookworm 2026-11-22 (40 days old)" in table(replace(CLEAN, created=CLEAN.created + timedelta(days=40)))


def test_a_secret_says_where_it_is_and_that_deleting_it_did_not_help() -> None:
    text = table(SHOP)
    assert "app/deploy/id_rsa:1  layer 4 app  deleted later, yet still in the image" in text
    assert text.count("→ Rebuild without the key") == 1, "one remedy for both"


def test_what_is_not_counted_is_said_with_its_reason() -> None:
    assert "   2  withdrawn by its publisher" in table(SHOP)


def test_an_sbom_lists_every_package_and_no_finding() -> None:
    text = table(SHOP, inventory_only=True)
    assert len(re.findall(r"(?m)^(deb|pypi|npm|golang|maven) ", text)) == len(SHOP.inventory.packages)
    assert "CVE-" not in text
    assert "deleted by a later layer, yet still in the image" in text
    assert "owned by pkg:deb/debian/python3-apt" in text


def test_every_status_without_a_fix_is_shown() -> None:
    for status in Status:
        report = replace(CLEAN, findings=(flaw("CVE-1-1", DJANGO, S.HIGH, status=status),))
        assert "django 3.2.1 HIGH" in table(report), status


# -------------------------------------------------------------------------------------------------------------------- text

TEXTS = st.text(st.characters(exclude_categories=()), max_size=40)


@given(TEXTS)
def test_a_visible_text_prints_and_is_visible_already(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert visible(shown) == shown
    assert columns(shown) >= wcswidth(shown) >= 0


@given(TEXTS, st.integers(0, 50))
def test_a_clipped_text_fits_and_a_text_that_fits_is_whole(text: str, width: int) -> None:
    shown = visible(text)
    assert columns(clip(shown, width)) <= width
    assert columns(clip_start(shown, width)) <= width
    assert columns(pad(shown, width)) == width
    if columns(shown) <= width:
        assert clip(shown, width) == clip_start(shown, width) == shown


@given(st.lists(st.text("ab日", min_size=1, max_size=9), max_size=9), st.integers(10, 30))
def test_wrapped_words_fit_and_none_is_lost(words: list[str], width: int) -> None:
    wrapped = list(wrap(words, width))
    assert all(columns(line) <= width for line in wrapped)
    if all(columns(word) <= width for word in words):
        assert " ".join(wrapped).split() == words


def test_what_does_not_print_is_shown_as_what_it_is() -> None:
    assert visible("a\x1b[31m\n\t\udcff\x9b\u202e\U000e0001") == "a\\x1b[31m\\n\\t\\xff\\u009b\\u202e\\U000e0001"
    assert visible("naïve 日本 é") == "naïve 日本 é"


def test_a_path_in_a_uri_keeps_its_bytes() -> None:
    assert uri_path("usr/lib/a b#c?d%:\udcffé") == "usr/lib/a%20b%23c%3Fd%25%3A%FF%C3%A9"
    assert uri_path("\ud800") == "%3F", "no byte of any archive"


def test_runs_of_numbers_are_joined() -> None:
    assert spans((0, 1, 2, 5, 7, 8)) == "0-2,5,7-8"


def test_markdown_of_strangers_makes_no_mention() -> None:
    assert markdown("@all: see [x](http://e.example) & www.e.example") == "\\@<!-- -->all: see \\[x\\](http\\://e.example) \\& www\\.e.example"
    assert "\n" not in markdown(HOSTILE)


def test_a_licence_expression_is_told_from_free_text() -> None:
    for good in ("MIT", "Apache-2.0 OR MIT", "(GPL-2.0-only WITH Classpath-exception-2.0) AND BSD-3-Clause", "LicenseRef-x", "GPL-2.0+"):
        assert is_expression(good), good
    for bad in (
        "",
        "MIT License",
        "GPL (>= 2)",
        "AND",
        "(MIT",
        "MIT)",
        "MIT OR",
        "MIT WITH (X)",
        "a/b",
        "MIT\n",
        "http://x.example",
        "A WITH B WITH",
    ):
        assert not is_expression(bad), bad
