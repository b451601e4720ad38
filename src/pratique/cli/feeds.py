"""`pratique feeds`: what is known of flaws, how old it is, and how to carry it to where there is no network."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pratique.cli.options import clock, data_folder, data_options
from pratique.errors import Corrupt, InvalidInput, Unreachable

if TYPE_CHECKING:
    from pratique.advisories.feed import Feed
    from pratique.advisories.store import AdvisoryStore
    from pratique.advisories.sync import Need
    from pratique.model import Gap, Knowledge

ALWAYS = ("kev", "epss", "endoflife")
"""What every scan wants."""
EVERYTHING = {
    **dict.fromkeys(ALWAYS, ("",)),
    "debian-tracker": ("debian",),
    "wolfi-secdb": ("os", "chainguard"),
    "osv": (
        *("AlmaLinux", "Go", "Hex", "Maven", "NuGet", "Packagist", "Pub", "PyPI", "Red Hat", "Rocky Linux", "RubyGems", "SUSE", "Ubuntu"),
        *("crates.io", "npm", "openSUSE"),
    ),
}
"""What `--all` asks the publishers for, with what is stored already."""


@click.group()
def feeds() -> None:
    """Look at, fetch and carry the advisory data that scans are judged by."""


@feeds.command()
@data_options()
@click.option("-f", "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def status(data: Path | None, quiet: bool, form: str) -> None:
    """Show what is stored: how many records, how old, whether it is whole, and who it is from."""
    from pratique.advisories.sync import title

    with _store(data, readonly=True) as store:
        known = store.knowledge()
        gaps = {title(k): store.gaps(k.feed, k.partition) for k in known if k.rejected}
    if form == "json":
        entries = [{**asdict(k), "gaps": [gap.message for gap in gaps.get(title(k), ())]} for k in known]
        click.echo(json.dumps({"version": 1, "data": str(data_folder(data)), "partitions": entries}, indent=2))
        return
    for line in _table(known, clock()):
        _say(line)
    for name, found in gaps.items():
        for gap in found[: 0 if quiet else 5]:
            _say(f"{name}: {gap.message}")


def _table(known: tuple[Knowledge, ...], now: datetime) -> Iterator[str]:
    from pratique.advisories.sync import aged

    if not known:
        yield "No advisory data is stored yet. `pratique feeds sync` fetches what every scan needs; a scan fetches the rest."
        return
    yield f"{'FEED':<15} {'PARTITION':<20} {'RECORDS':>9} {'REJECTED':>8}  {'DATA DATE':<10} {'AGE':>6}  {'COMPLETE':<8} ORIGIN"
    for k in known:
        age = aged(k, now)
        days = "?" if age is None else f"{age.days} d" if k.data_date else f">{age.days} d"
        date = (k.data_date or "")[:10] or "?"
        name = f"{k.feed:<15} {k.partition or '-':<20}"
        yield f"{name} {k.records:>9,} {k.rejected:>8,}  {date:<10} {days:>6}  {'yes' if k.complete else 'no':<8} {k.origin}"


@feeds.command()
@data_options()
@click.option("--feeds", metavar="DIR|URL", envvar="PRATIQUE_FEEDS", help="A mirror of the advisory data, with an index.json; else the publishers.")
@click.option("--offline", is_flag=True, help="Use no network: refused here, except with a mirror that is a folder.")
@click.argument("partitions", nargs=-1, metavar="[FEED[:PARTITION]]...")
@click.option("--all", "everything", is_flag=True, help="Everything the mirror has; without a mirror, all common ecosystems.")
def sync(data: Path | None, quiet: bool, feeds: str | None, offline: bool, partitions: tuple[str, ...], everything: bool) -> None:
    """Bring advisory data up to date: what is named, else what is stored already and what every scan needs.

    \b
    pratique feeds sync                                     what is stored, KEV, EPSS, ends of support
    pratique feeds sync osv:PyPI debian-tracker             these
    pratique feeds sync alpine-secdb:v3.18/main
    pratique feeds sync --all --feeds /mnt/mirror           a whole mirror
    """  # noqa: D301 (click takes the sign itself)
    from pratique.advisories.sync import ensure

    if offline and (feeds is None or "://" in feeds):
        raise InvalidInput("`feeds sync` fetches, and --offline forbids it", "Leave one of them out; a mirror that is a folder needs no network.")
    with _store(data) as store:
        wanted = _wanted(store, partitions, everything, feeds)
        say = None if quiet else lambda text: _say(text, err=True)
        known, gaps = ensure(store, wanted, mirror=feeds, offline=False, now=clock(), progress=say, force=True)
    for gap in gaps:
        if gap.blind or not quiet:
            _say(f"{'missing' if gap.blind else 'note'}: {gap.message}", err=True)
    if not quiet:
        click.echo(f"{len(known)} partitions, {sum(k.records for k in known):,} records, are up to date in {data_folder(data)}")
    _complain(gaps)


def _complain(gaps: Iterable[Gap]) -> None:
    failed = [gap for gap in gaps if gap.id in {"feed-missing", "feed-not-updated"}]
    if failed:
        raise Unreachable(f"{len(failed)} of the partitions could not be brought up to date", failed[0].remedy)


def _wanted(store: AdvisoryStore, named: tuple[str, ...], everything: bool, mirror: str | None) -> tuple[Need, ...]:
    from pratique.advisories.fetch import fetch
    from pratique.advisories.mirror import Mirror
    from pratique.advisories.sync import DATED

    known = _feeds()
    if named:
        return tuple(_named(known, text) for text in named)
    stored = [(k.feed, k.partition) for k in store.knowledge()]
    if everything and mirror is not None:
        wanted = [(entry.feed, entry.partition) for entry in Mirror(mirror, fetch, store.raw).entries]
    elif everything:
        wanted = stored + [(feed, partition) for feed, partitions in EVERYTHING.items() for partition in partitions]
    else:
        wanted = stored + [(feed, "") for feed in ALWAYS]
    pairs = dict.fromkeys((feed, "" if feed in DATED and not everything else partition) for feed, partition in wanted if feed in known)
    return tuple((known[feed], partition) for feed, partition in pairs)


def _named(known: dict[str, Feed], text: str) -> Need:
    name, _, partition = text.partition(":")
    if name not in known:
        raise InvalidInput(f"there is no feed {name!r}", f"There are: {', '.join(sorted(known))}. Write FEED or FEED:PARTITION, such as osv:PyPI.")
    if not partition:
        choices = EVERYTHING.get(name, ())
        if len(choices) != 1 and name != "wolfi-secdb":
            raise InvalidInput(f"{name} has several partitions", f"Write which one: {name}:{known[name].sample[0]}")
        partition = choices[0]
    return known[name], partition


@feeds.command()
@data_options()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
def export(data: Path | None, quiet: bool, directory: Path) -> None:
    """Write what is stored to DIRECTORY as a mirror, which `--feeds` reads where there is no network."""
    from pratique.advisories.export import export as write

    with _store(data, readonly=True) as store:
        entries = write(store, directory)
    if not quiet:
        click.echo(f"{len(entries)} partitions are in {directory}; use it with --feeds {directory}")


@feeds.command()
@data_options()
def verify(data: Path | None, quiet: bool) -> None:
    """Check that what is stored is undamaged: every raw document against its sha256, the database by its own check."""
    from pratique.advisories.export import damaged

    with _store(data, readonly=True) as store:
        problems = [*store.verify(), *damaged(store)]
        count = len(store.knowledge())
    for problem in problems:
        _say(problem)
    if problems:
        raise Corrupt(
            f"{len(problems)} problems were found in {data_folder(data)}",
            "Run `pratique feeds sync`; if the database itself is damaged, delete it first.",
        )
    if not quiet:
        click.echo(f"{count} partitions are undamaged")


def _store(data: Path | None, readonly: bool = False) -> AdvisoryStore:
    from pratique.advisories.store import FILE, AdvisoryStore

    return AdvisoryStore.open(data_folder(data) / FILE, readonly)


def _feeds() -> dict[str, Feed]:
    from pratique.advisories.feed import Feed
    from pratique.leaves import leaves

    return {feed.id: feed for feed in leaves("pratique.advisories.feeds", Feed)}


def _say(text: str, err: bool = False) -> None:
    """Names of partitions may come from a stranger's index: what could steer a terminal is escaped."""
    from pratique.cli.main import printable

    click.echo(printable(text), err=err)
