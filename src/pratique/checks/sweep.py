"""The sweep of a layer for secrets: files are laid behind each other in a buffer, which is searched when it is full."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from pratique.catalog.observer import MIB, Fact, Member, Sweep
from pratique.checks.search import BEFORE, BEHIND, FORMS, MAX_REACH, PLAIN, SEGMENT, Finder, Found, Search, confirmed, named, specific
from pratique.model import Gap, Mark

BUFFER = MIB
"""Bytes that are searched at once."""
MAX_COUNTED = 200
"""Secrets told of one file; the rest are counted."""
MAX_EXCUSED = 20
"""Of one file, those that look like secrets and are none."""
MAX_EXCUSED_OF_LAYER = 5_000
MAX_OBJECT = 16 * MIB
"""Bytes of a git object, stored and unpacked, that is read."""
_LOOSE = re.compile(r"(?:^|/)(?:\.git|[^/]+\.git)(?:/modules/[^/]+)?/objects/[0-9a-f]{2}/[0-9a-f]{38,62}$")
_PACK = re.compile(r"(?:^|/)(?:\.git|[^/]+\.git)(?:/modules/[^/]+)?/objects/pack/[^/]+\.pack$")


class _File:
    """A file that is being fed, or lies in the buffer whole."""

    __slots__ = ("base", "done", "found", "lines", "path", "places", "segment", "start", "stop")

    def __init__(self, path: str, start: int, places: tuple[int, ...]) -> None:
        self.path = path
        self.places = places
        self.start = start
        """Where it begins in the buffer, and which byte of the file lies there."""
        self.base = 0
        self.stop = start
        self.segment = 0
        """The first segment that was not searched yet."""
        self.lines = 1
        self.done = False
        self.found: dict[tuple[str, str], Found] = {}


class SecretSweep(Sweep):
    """Finds secrets in the files of one layer."""

    def __init__(self, search: Search, finder: Finder) -> None:
        self._search, self._finder = search, finder
        self._buffer = bytearray()
        self._files: list[_File] = []
        self._object: bytearray | None = None
        self._facts: list[Fact] = []
        self._excused = 0

    def begin(self, member: Member) -> None:
        """As of `Sweep`."""
        path = member.path
        if "/objects/" in path:
            if _LOOSE.search(path):
                self._object = bytearray()
            elif _PACK.search(path):
                message = "a pack of git objects was left in the image; what was committed lies in it, and it was not unpacked"
                self._facts.append(
                    Gap("git-pack-unread", message, False, path, remedy="Do not copy .git into images; search the repository's history.")
                )
        self._buffer += b"\n"  # so that no pattern reads over from the file before
        self._files.append(_File(path, len(self._buffer), self._search.of(path)))

    def feed(self, block: bytes | memoryview) -> None:
        """As of `Sweep`."""
        if self._object is not None:
            if len(self._object) < MAX_OBJECT:
                self._object += block
            return
        while len(block) > BUFFER:
            self._feed(block[:BUFFER])
            block = block[BUFFER:]
        self._feed(block)

    def _feed(self, block: bytes | memoryview) -> None:
        self._buffer += block
        if len(self._buffer) >= BUFFER:
            self._flush()

    def end(self) -> None:
        """As of `Sweep`."""
        if self._object is not None:
            stored, self._object = self._object, None
            self._unpacked(stored, self._files[-1].path)
        file = self._files[-1]
        file.done, file.stop = True, len(self._buffer)
        if len(self._buffer) >= BUFFER:
            self._flush()

    def close(self) -> Iterator[Fact]:
        """As of `Sweep`."""
        self._flush()
        if self._excused > MAX_EXCUSED_OF_LAYER:
            more = self._excused - MAX_EXCUSED_OF_LAYER
            self._facts.append(Gap("hits-left-out", f"secrets: {more} more in this layer that look like secrets and are none", blind=False))
        yield from self._facts

    def _unpacked(self, stored: bytearray, path: str) -> None:
        """Take a loose git object (gitformat-loose): zlib over type, size, a zero byte and its bytes."""
        inflate = zlib.decompressobj()
        try:
            data = inflate.decompress(stored, MAX_OBJECT)
        except zlib.error:
            return  # by its name an object, by its bytes none
        if inflate.unconsumed_tail or len(stored) >= MAX_OBJECT:
            self._facts.append(Gap("limit-exceeded", f"a git object of more than {MAX_OBJECT >> 20} MiB was searched to there", False, path))
        self._buffer += data

    # --------------------------------------------------------------------------------------------------------- the search

    def _flush(self) -> None:
        """Search the buffer. Of a file that goes on, keep what the next look needs."""
        if not self._files:
            return
        data, files = self._buffer, self._files
        last = files[-1]
        if not last.done:
            last.stop = len(data)
        named_ = named(self._finder.find(data), [file.start for file in files], [file.base for file in files]) if data else {}
        for index, file in enumerate(files):
            limit = self._limit(file)
            if pairs := named_.get(index):
                self._confirm(file, data, pairs, limit)
            if file.places:
                self._confirm(file, data, {(s, i * 3 + PLAIN) for s in range(file.segment, limit) for i in file.places}, limit)
            file.segment = limit
            if file.done and file.found:
                self._tell(file)
        self._buffer, self._files = bytearray(), []
        if not last.done:
            keep = max(last.base, last.segment * SEGMENT - BEFORE)
            cut = last.start + keep - last.base
            last.lines += data.count(b"\n", last.start, cut)
            self._buffer += memoryview(data)[cut:]
            last.base, last.start = keep, 0
            self._files.append(last)

    @staticmethod
    def _limit(file: _File) -> int:
        """Return the first segment whose reach is not in the buffer yet."""
        have = file.base + file.stop - file.start
        return -(-have // SEGMENT) if file.done else max(file.segment, (have - MAX_REACH - BEHIND) // SEGMENT)

    def _confirm(self, file: _File, data: bytearray, pairs: set[tuple[int, int]], limit: int) -> None:
        for segment, trigger in sorted(pairs):
            if not file.segment <= segment < limit:
                continue
            compiled, form = self._search.rules[trigger // 3], trigger % 3
            start = file.start + segment * SEGMENT - file.base
            for one in confirmed(compiled, data, file.start, file.stop, start, min(start + SEGMENT, file.stop), form):
                line = file.lines + data.count(b"\n", file.start, one.start)
                shift = file.base - file.start
                file.found.setdefault((one.rule.id, one.digest), one._replace(line=line, start=one.start + shift, end=one.end + shift))

    def _tell(self, file: _File) -> None:
        counted = excused = 0
        for one in specific(file.found.values()):
            if one.excuse:
                excused += 1
                self._excused += 1
                if excused > MAX_EXCUSED or self._excused > MAX_EXCUSED_OF_LAYER:
                    continue
            else:
                counted += 1
                if counted > MAX_COUNTED:
                    continue
            self._facts.append(Mark(one.rule.id, file.path, message(one), one.line, one.digest, allowed=one.excuse))
        if counted > MAX_COUNTED:
            self._facts.append(Gap("hits-left-out", f"secrets: and {counted - MAX_COUNTED} more in this file", False, file.path))
        if excused > MAX_EXCUSED:
            more = f"secrets: and {excused - MAX_EXCUSED} more in this file that look like secrets and are none"
            self._facts.append(Gap("hits-left-out", more, False, file.path))


def message(one: Found) -> str:
    """Return what is said of a secret: whose it is and how it is kept, never the secret."""
    words = one.rule.id.replace("-", " ")
    if one.rule.structure in ("private_key", "putty"):
        return f"{one.detail}{FORMS[one.form]}"
    return f"{one.rule.provider}: {words}{f', {one.detail}' if one.detail else ''}{FORMS[one.form]}"
