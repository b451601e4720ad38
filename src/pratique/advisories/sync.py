"""Bring the advisories that a scan needs up to date; say how old, how whole and whose they are. What is not there is a Gap, never silence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from pratique.advisories import fetch as door
from pratique.advisories.feed import Feed
from pratique.advisories.fetch import Fetch, Fetched
from pratique.advisories.mirror import Entry, Mirror
from pratique.advisories.store import AdvisoryStore
from pratique.errors import Corrupt, FeedUnreachable, InvalidInput, PratiqueError
from pratique.model import Distribution, Gap, Knowledge

Need = tuple[Feed, str]
"""A feed and one of its partitions."""

DATED = frozenset({"kev", "epss"})
"""Feeds whose partitions in a mirror are states of the same list: the newest is taken."""
SYNC = "Run `pratique feeds sync` where there is a network, or give a mirror (--feeds)."


def needs(feeds: Iterable[Feed], ecosystems: frozenset[str], distributions: Iterable[Distribution]) -> tuple[Need, ...]:
    """Return the partitions that these OSV ecosystems and distributions need, each once."""
    roots = tuple(distributions)
    return tuple((feed, partition) for feed in feeds for partition in dict.fromkeys(feed.partitions(ecosystems, roots)))


def ensure(
    store: AdvisoryStore,
    needs: Iterable[Need],
    *,
    mirror: str | None,
    offline: bool,
    now: datetime,
    progress: Callable[[str], None] | None = None,
    fetch: Fetch = door.fetch,
    force: bool = False,
) -> tuple[tuple[Knowledge, ...], tuple[Gap, ...]]:
    """Make what is needed available in the store, and have the store answer from nothing else.

    Fresh partitions are used as they are, stale ones asked for again (with `force`, all are). Where a source cannot be reached, what is stored is
    used and that is noted; where nothing is stored, a blind Gap says what is missing. Raises `InvalidInput` for a mirror that is none.
    """
    source = _Source(store, mirror, offline, now, progress or (lambda _: None), fetch, force)
    knowledge, gaps = [], list(store.notices)
    for feed, partition in needs:
        known, found = source.bring(feed, partition)
        gaps += found
        if known is not None:
            knowledge.append(known)
            gaps += _said(known, now)
    unique = tuple(dict.fromkeys(knowledge))
    store.choose(unique)
    return unique, tuple(dict.fromkeys(gaps))


def serves(known: Knowledge, need: Need) -> bool:
    """Say whether a partition that `ensure` returned is the one that was needed, or holds it (`AlmaLinux` holds `AlmaLinux:9`)."""
    feed, partition = need
    return known.feed == feed.id and (known.partition in {partition, feed.wider(partition)} or (feed.id in DATED and not partition))


def _said(known: Knowledge, now: datetime) -> Iterator[Gap]:
    if not known.complete:
        message = f"{title(known)} is {'a derived copy' if known.origin == 'derived' else 'a selection'}: what it does not name is unknown, not safe"
        yield Gap("feed-incomplete", message, blind=False, remedy="Use the publisher's own data (without --feeds) or a whole mirror.")
    if known.rejected:
        message = f"{known.rejected:,} of {known.records + known.rejected:,} records of {title(known)} could not be read"
        yield Gap("feed-records-rejected", message, blind=False, remedy="`pratique feeds status` says which.")
    if (age := aged(known, now)) and age > STALE:
        yield Gap("feed-old", f"the data of {title(known)} is {age.days} days old", blind=False, remedy=SYNC)


STALE = timedelta(days=30)
"""Data older than this is remarked upon, whoever published it."""


def title(known: Knowledge) -> str:
    """Return how a partition is written on the command line: `osv:PyPI`, `kev`."""
    return f"{known.feed}:{known.partition}" if known.partition else known.feed


def aged(known: Knowledge, now: datetime) -> timedelta | None:
    """Return how old the data is: by its own date, else by the time it was fetched."""
    try:
        moment = datetime.fromisoformat(known.data_date or known.fetched_at)
    except ValueError:
        return None
    return now - (moment if moment.tzinfo else moment.replace(tzinfo=UTC))


@dataclass(slots=True)
class _Source:
    """Where partitions come from in one run: a mirror, or the publishers."""

    store: AdvisoryStore
    location: str | None
    offline: bool
    now: datetime
    progress: Callable[[str], None]
    fetch: Fetch
    force: bool
    mirror: Mirror | None = None
    silent: dict[str, PratiqueError] = field(default_factory=dict)
    """Hosts that did not answer: a second wait would tell nothing new."""

    def __post_init__(self) -> None:
        if self.location is None:
            return
        remote = "://" in self.location
        if self.offline and remote:
            return
        try:
            self.mirror = Mirror(self.location, self.fetch, self.store.raw)
        except (FeedUnreachable, Corrupt) as error:
            self.silent[self.location] = error

    def bring(self, feed: Feed, partition: str) -> tuple[Knowledge | None, list[Gap]]:
        try:
            if self.mirror is not None:
                return self._from_mirror(self.mirror, feed, partition)
            if self.location is not None and self.location in self.silent:
                raise self.silent[self.location]
            if self.offline:
                return self._stored(feed, partition, "it is not stored, and nothing may be fetched (--offline)")
            return self._from_publisher(feed, partition)
        except InvalidInput:
            raise
        except PratiqueError as error:
            return self._stored(feed, partition, error.message, error)

    # What is stored, whatever brought it.

    def _stored(self, feed: Feed, partition: str, why: str, error: PratiqueError | None = None) -> tuple[Knowledge | None, list[Gap]]:
        known = self._find(feed, partition)
        name = f"{feed.id}:{partition}" if partition else feed.id
        if known is None:
            message = f"the advisories {name} are missing: {why}"
            return None, [Gap("feed-missing", message, blind=feed.vital, remedy=(error.remedy if error else "") or SYNC)]
        if error is None:
            return known, []
        age = aged(known, self.now)
        message = f"{name} could not be brought up to date ({why}); what is stored is used, {age.days if age else 'an unknown number of'} days old"
        return known, [Gap("feed-not-updated", message, blind=False, remedy=error.remedy or SYNC)]

    def _find(self, feed: Feed, partition: str) -> Knowledge | None:
        if feed.id in DATED and not partition:
            states = [known for known in self.store.knowledge() if known.feed == feed.id]
            return max(states, key=lambda known: known.data_date or "", default=None)
        return self.store.knowledge_of(feed.id, partition) or self.store.knowledge_of(feed.id, feed.wider(partition))

    # A mirror: its index says what there is.

    def _from_mirror(self, mirror: Mirror, feed: Feed, partition: str) -> tuple[Knowledge | None, list[Gap]]:
        entry = _entry(mirror, feed, partition)
        if entry is None:
            name = f"{feed.id}:{partition}" if partition else feed.id
            message = f"the advisories {name} are missing: the mirror {mirror.location} does not have them"
            return None, [Gap("feed-missing", message, feed.vital, remedy="Add them to the mirror, or scan without --feeds to ask the publisher.")]
        address = mirror.address(entry)
        stated = Knowledge(
            entry.feed, entry.partition, entry.sha256.lower(), entry.fetched_at, entry.data_date, entry.complete, entry.origin, url=address
        )
        known = self.store.knowledge_of(entry.feed, entry.partition)
        if known is not None and known.digest == stated.digest and not self._lost(known):
            stated = replace(stated, records=known.records, rejected=known.rejected)
            if stated != known:
                self.store.checked(stated, self.now)
            return stated, []
        self.progress(f"importing {title(stated)}")
        return self._import(feed, stated, mirror.take(entry, self.store.raw), known), []

    def _lost(self, known: Knowledge) -> bool:
        return self.force and not (self.store.raw / known.digest).exists()

    # A publisher: asked again when what is stored is no longer fresh.

    def _from_publisher(self, feed: Feed, partition: str) -> tuple[Knowledge | None, list[Gap]]:
        partition = feed.wider(partition)
        url = feed.url(partition)
        known = self.store.knowledge_of(feed.id, partition)
        etag, last_modified = "", ""
        if known is not None and known.url == url and (conditions := self.store.conditions(feed.id, partition)):
            etag, last_modified, checked = conditions
            if not self.force and timedelta(0) <= self.now - checked < feed.every:
                return known, []
            if not (self.store.raw / known.digest).exists():
                etag, last_modified = "", ""
        fetched = self._ask(feed, partition, url, etag, last_modified)
        if fetched is None and known is not None:
            self.store.checked(known, self.now)
            return known, []
        if fetched is None:
            raise FeedUnreachable(f"{url} is said to be unchanged, which was not asked", "Look at the proxy in between.")
        stated = Knowledge(feed.id, partition, fetched.sha256, self.now.isoformat(), None, complete=True, url=url)
        return self._import(feed, stated, fetched, known), []

    def _ask(self, feed: Feed, partition: str, url: str, etag: str, last_modified: str) -> Fetched | None:
        host = urlsplit(url).netloc
        if host in self.silent:
            raise self.silent[host]
        self.progress(f"fetching {feed.id}{':' * bool(partition)}{partition}")
        try:
            return self.fetch(url, self.store.raw, etag, last_modified)
        except FeedUnreachable as error:
            self.silent[host] = error
            raise

    def _import(self, feed: Feed, stated: Knowledge, fetched: Fetched, known: Knowledge | None) -> Knowledge:
        try:
            data = fetched.path.read_bytes()
            if stated.data_date is None and not self.location:
                stated = replace(stated, data_date=(feed.dated and feed.dated(data)) or _day(fetched.last_modified))
            records = feed.parse(stated.partition, data)
            done = self.store.replace(stated, records, now=self.now, etag=fetched.etag, last_modified=fetched.last_modified)
        except BaseException:
            self._forget(fetched.path)
            raise
        if known is not None and known.digest != done.digest:
            self._forget(self.store.raw / known.digest)
        return done

    def _forget(self, path: Path) -> None:
        """Delete a raw document, unless a partition stands on it."""
        if all(known.digest != path.name for known in self.store.knowledge()):
            path.unlink(missing_ok=True)


def _entry(mirror: Mirror, feed: Feed, partition: str) -> Entry | None:
    if feed.id in DATED and not partition:
        return max(mirror.all(feed.id), key=lambda entry: entry.data_date or "", default=None)
    return mirror.find(feed.id, partition, feed.wider(partition))


def _day(last_modified: str) -> str | None:
    """Return the day of an HTTP date (RFC 9110 section 5.6.7)."""
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(last_modified).date().isoformat() if last_modified else None
    except ValueError:
        return None
