"""The one pass over the bytes of a layer: every member once, every observer that wants it, nothing extracted to disk by a path of the image."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO, NamedTuple, Protocol, cast

from pratique.catalog.contents import OPAQUE, WHITEOUT, Contents
from pratique.catalog.digests import TABLE, Digests, Hash
from pratique.catalog.observer import MIB, PEEK, Fact, Member, Stream, Take, Wanted
from pratique.catalog.plan import Plan, Want
from pratique.formats import zip as zipfile
from pratique.formats.tar import Header, Tar, TarFault
from pratique.model import Document, Gap, Mark

MAX_MEMBERS = 5_000_000
"""Members of one layer. The largest real layers known hold about three million."""
SPOOL = 4 * MIB
"""Bytes of a member that are held in memory; larger ones lie in an unlinked temporary file."""
MAX_KEPT = 128 * MIB
"""Bytes of documents and marks kept of one layer: thousands of small files, each below its own limit, must not fill the memory. The package
databases and file lists of a full desktop have some 50 MiB."""
EACH = 512
"""Bytes that a document or mark costs besides what is in it."""
MAX_GAPS = 100
"""Gaps of one kind in one layer that are told one by one; the rest are counted."""

REMEDIES = {
    "limit-exceeded": "Look at what this is: no ordinary image has it. What is left out must be judged by other means.",
    "unreadable": "Look at this file: it is damaged, or not what its name says. Build the image again, or judge the file by other means.",
    "archive-unreadable": "Look at this archive: it is damaged, encrypted or made to mislead. Build it again, or judge it by other means.",
    "path-escapes": "Do not run this image: no builder writes such a path. If it is yours, build it again.",
    "whiteout-odd": "Do not run this image: no builder writes such a name. If it is yours, build it again.",
    "zero-block": "Build or save the image again: engines do not agree on what this layer holds.",
}
"""What to do next, by the id of a Gap."""

ARCHIVES = frozenset({".jar", ".war", ".ear", ".par", ".sar", ".jpi", ".hpi", ".kar", ".nar", ".aar", ".egg"})
"""The ends of the names of files that are opened; all of the same length, so that one slice tells."""
MAX_ARCHIVE = 1 << 30
"""Bytes of an archive within a layer that is opened."""
MAX_DEPTH = 6
"""Archives within archives; real ones (an ear with a war with a jar) have three."""
MAX_INNER_BYTES = 8 << 30
"""Bytes that all archives within one layer may unpack to: the budget that stops a zip bomb."""
MAX_INNER_MEMBERS = 1_000_000

PASS = "pass"
"""The pseudo-observer of what belongs to the layer as a whole."""
HARD_LINK = "pass:hard-link"
"""The role of a Document that says: this wanted path is a hard link; `data` is the path it was linked to."""
ARCHIVE = "maven:archive"
"""The role of the empty Document that says: this archive was opened."""


@dataclass(slots=True)
class Facts:
    """What one observer saw in one layer."""

    documents: list[Document] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def add(self, fact: Fact) -> None:
        """Take one fact."""
        if isinstance(fact, Document):
            self.documents.append(fact)
        elif isinstance(fact, Mark):
            self.marks.append(fact)
        else:
            self.gaps.append(fact)


class Observed(NamedTuple):
    """A layer as it was seen: its members, and the facts of each observer by its id."""

    contents: Contents
    facts: Mapping[str, Facts]

    @property
    def held(self) -> int:
        """About how many bytes of memory it takes."""
        documents = sum(EACH + len(document.data) for seen in self.facts.values() for document in seen.documents)
        return self.contents.held + documents + EACH * sum(len(seen.marks) + len(seen.gaps) for seen in self.facts.values())


class Body(Protocol):
    """The bytes of the current member."""

    def peek(self, size: int) -> bytes:
        """Return the first bytes without taking them."""
        ...

    def chunks(self) -> Iterator[bytes | memoryview]:
        """Yield all bytes, once."""
        ...


class Pass:
    """One pass over one layer. Feed it with `member`, then `close` it."""

    def __init__(self, plan: Plan, only: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._plan = copy.copy(plan)  # its look-up remembers the last folder: one for each thread
        self._only = only
        self._contents = Contents()
        self._facts: dict[str, Facts] = {PASS: Facts(), **{observer.id: Facts() for observer in plan.observers}}
        self._ordinal = 0
        self._inner_bytes = 0
        self._inner_members = 0
        self._kept = 0
        self._digests = Digests()
        self._sweeps = [(observer.id, observer.sweep()) for observer in plan.observers if observer.sweep is not None and only is None]
        self._told: dict[str, int] = {}

    # ------------------------------------------------------------------------------------------------------- members

    def member(self, header: Header | Member, body: Body) -> None:
        """Take the next member. Its bytes are read to their end or not at all."""
        path, kind = header.path, header.type
        if not path:
            return  # the root itself
        self._ordinal += 1
        if self._ordinal > MAX_MEMBERS:
            raise TarFault("limit-exceeded", f"more than {MAX_MEMBERS} members")
        if WHITEOUT in path and self._whiteout(path):
            return
        digest = b""
        if kind == "f":
            if self._only is None:
                digest = self._file(header, body)
            elif path in self._only:
                self._again(header, body.chunks(), self._only[path])
        elif kind == "h" and self._plan.named(path):
            link = header.link.encode("utf-8", "surrogateescape")
            if self._room(len(path) + len(link), path, "hard links to files that are wanted"):
                self._facts[PASS].add(Document(HARD_LINK, path, link))
        if self._only is None:
            self._contents.add(header, digest)

    def _whiteout(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        if name[len(WHITEOUT) :] in ("", ".", "..") and name.startswith(WHITEOUT):
            self._gap("whiteout-odd", f"a whiteout of no name ({name}): some engines delete the folder it lies in, others refuse it", path=path)
            return True
        if not name.startswith(WHITEOUT) or (name.startswith(WHITEOUT * 2) and name != OPAQUE):
            return name.startswith(WHITEOUT)  # `.wh..wh.aufs` and the like: leftovers of AUFS, which engines skip
        self._contents.hide(path)
        return True

    def _file(self, header: Header | Member, body: Body) -> bytes:
        """Read one file for all who want it; return its sha256 where that is asked for."""
        plan = self._plan
        path = header.path
        wants = plan.named(path)
        archive = path[-4:].lower() in ARCHIVES
        if header.size and body.peek(2) in plan.magics and (begun := plan.begun(body.peek(16))):
            if any(want.wanted.peek for want, _ in begun):
                head = body.peek(PEEK)
                begun = [(want, root) for want, root in begun if want.wanted.peek is None or want.wanted.peek(head)]
            named = {want.observer.id for want, _ in wants}
            wants = wants + [(want, root) for want, root in begun if want.observer.id not in named]
        hashes: list[Hash] = self._digests.begin(path) if plan.sums and self._only is None else []
        if not wants and not archive and not (self._sweeps and header.size):
            if plan.digests and header.size:
                return self._digested(path, body, hashes)
            if hashes:
                self._digested(path, body, hashes)
            return b""  # else the walk passes over it
        hasher = sha256() if plan.digests and header.size else None
        member = header if isinstance(header, Member) else Member(*header)
        sweeps = [sweep for _, sweep in self._sweeps] if header.size else []
        for sweep in sweeps:
            sweep.begin(member)
        wants = [(want, root) for want, root in wants if self._within(want.wanted, member, want)]
        streams = [(want, want.observer.stream(member)) for want, _ in wants if want.wanted.take is Take.STREAM and want.observer.stream]
        spool: BinaryIO | None = None
        if archive and header.size > MAX_ARCHIVE:
            self._gap("limit-exceeded", f"an archive of {header.size} bytes was not opened; {MAX_ARCHIVE} are allowed", path=path)
            archive = False
        if archive or any(want.wanted.take is not Take.STREAM for want, _ in wants):
            spool = _spool(header.size)
        try:
            for chunk in body.chunks():
                if hasher is not None:
                    hasher.update(chunk)
                for each in hashes:
                    each.update(chunk)
                if spool is not None:
                    spool.write(chunk)
                for _, stream in streams:
                    stream.feed(chunk)
                for sweep in sweeps:
                    sweep.feed(chunk)
            for sweep in sweeps:
                sweep.end()
            if hashes:
                self._digests.end(path, hashes)
            for want, stream in streams:
                self._take(want, member, lambda stream=stream: stream.close(), "")  # type: ignore[misc] # bound early on purpose
            if spool is not None:
                for want, root in wants:
                    see = want.observer.see
                    if see is not None and want.wanted.take is not Take.STREAM:
                        spool.seek(0)
                        self._take(want, member, lambda see=see, spool=spool: see(member, spool), root)  # type: ignore[misc] # as above
                if archive:
                    self._archive(member, spool, 1)
        finally:
            if spool is not None:
                spool.close()
        return b"" if hasher is None else hasher.digest()

    def _digested(self, path: str, body: Body, hashes: list[Hash]) -> bytes:
        """Read one file for its digests alone; return its sha256 where that is asked for."""
        hasher = sha256() if self._plan.digests else None
        fed = hashes if hasher is None else [*hashes, hasher]
        for chunk in body.chunks():
            for each in fed:
                each.update(chunk)
        if hashes:
            self._digests.end(path, hashes)
        return b"" if hasher is None else hasher.digest()

    def _again(self, header: Header | Member, chunks: Iterator[bytes | memoryview], names: tuple[str, ...]) -> None:
        """See a member's bytes under other names: the second look."""
        members = [(header if isinstance(header, Member) else Member(*header))._replace(path=name) for name in names]
        takers = [(member, want, root) for member in members for want, root in self._plan.named(member.path) if want.observer.see is not None]
        takers = [(member, want, root) for member, want, root in takers if self._within(want.wanted, member, want)]
        if not takers:
            return
        with _spool(header.size) as data:
            for chunk in chunks:
                data.write(chunk)
            for member, want, root in takers:
                data.seek(0)
                self._take(want, member, lambda want=want, member=member: want.observer.see(member, data), root)  # type: ignore[misc] # as above

    def _within(self, wanted: Wanted, member: Member, want: Want) -> bool:
        if wanted.take is Take.STREAM or member.size <= wanted.limit:
            return True
        self._gap(
            "limit-exceeded",
            f"{want.observer.id} reads files of up to {wanted.limit >> 20} MiB; this one has {member.size >> 20} MiB and was not read",
            path=member.path,
            blind=wanted.blind,
            observer=want.observer.id,
        )
        return False

    def _take(self, want: Want, member: Member, see: Callable[[], Iterable[Fact]], root: str) -> None:
        facts = self._facts[want.observer.id]
        try:
            for fact in see():
                if isinstance(fact, Document):
                    fact = Document(fact.role, fact.path, fact.data, root)  # the root joined to the fact
                if isinstance(fact, Gap):
                    if self._tells(fact.id):
                        facts.add(fact)
                elif self._room(len(fact.data) if isinstance(fact, Document) else 0, member.path, want.observer.id):
                    facts.add(fact)
        except ValueError as fault:
            self._gap("unreadable", f"{want.observer.id}: {fault}", path=member.path, blind=want.wanted.blind, observer=want.observer.id)

    def _room(self, size: int, path: str, what: str) -> bool:
        """Count what is kept; past the limit, say that no more is."""
        self._kept += size + EACH
        if self._kept <= MAX_KEPT:
            return True
        self._gap("limit-exceeded", f"this layer has more than {MAX_KEPT >> 20} MiB of what is wanted of it; {what} was left out", path=path)
        return False

    # ------------------------------------------------------------------------------------------ archives within files

    def _archive(self, outer: Member, file: BinaryIO, depth: int) -> None:
        """Show the observers the members of an archive, as `OUTER!/PATH`, under the one budget of this layer."""
        if "maven:archive" in self._facts:
            self._facts["maven:archive"].add(Document(ARCHIVE, outer.path, b""))
        try:
            for entry in zipfile.entries(file):
                self._inner_members += 1
                if self._inner_members > MAX_INNER_MEMBERS:
                    raise ValueError(f"archives within this layer hold more than {MAX_INNER_MEMBERS} members")
                if entry.is_dir:
                    continue
                path = f"{outer.path}!/{entry.name}"
                inner = path[-4:].lower() in ARCHIVES
                wants = [(w, r) for w, r in self._plan.named(path) if w.wanted.take is not Take.STREAM and w.observer.see]
                if not wants and not inner:
                    continue
                if inner and depth >= MAX_DEPTH:
                    self._gap("limit-exceeded", f"archives within archives, deeper than {MAX_DEPTH}", path=path)
                    continue
                self._inner_bytes += entry.size
                if self._inner_bytes > MAX_INNER_BYTES:
                    raise ValueError(f"archives within this layer unpack to more than {MAX_INNER_BYTES >> 30} GiB")
                member = outer._replace(path=path, size=entry.size)
                wants = [(want, root) for want, root in wants if self._within(want.wanted, member, want)]
                self._entry(member, file, entry, wants, depth if inner else 0)
        except ValueError as fault:
            self._gap("archive-unreadable", f"{fault}", path=outer.path)

    def _entry(self, member: Member, file: BinaryIO, entry: zipfile.Entry, wants: list[tuple[Want, str]], depth: int) -> None:
        with _spool(entry.size) as spool:
            try:
                for chunk in zipfile.stream(file, entry):
                    spool.write(chunk)
            except ValueError as fault:
                self._gap("archive-unreadable", f"{fault}", path=member.path)
                return
            for want, root in wants:
                see = want.observer.see
                assert see is not None
                spool.seek(0)
                self._take(want, member, lambda see=see: see(member, spool), root)  # type: ignore[misc] # bound early on purpose
            if depth:
                self._archive(member, spool, depth + 1)

    # ---------------------------------------------------------------------------------------------------------- gaps

    def note(self, id: str, message: str) -> None:
        """Take what is odd about the archive but could be read. What engines read in another way is blind, the rest a note."""
        self._gap(id, message, blind=id in {"path-escapes", "zero-block"})

    def fault(self, fault: TarFault) -> None:
        """Take what ended the pass before the layer's end."""
        self._gap(fault.id, f"{fault}; what lies behind was not seen", remedy="build or pull the image again")

    def _gap(self, id: str, message: str, path: str | None = None, blind: bool = True, observer: str = PASS, remedy: str = "") -> None:
        remedy = remedy or REMEDIES.get(id, "")
        if self._tells(id):
            self._facts[observer].gaps.append(Gap(id, message, blind, path, remedy=remedy))

    def _tells(self, id: str) -> bool:
        told = self._told[id] = self._told.get(id, 0) + 1
        return told <= MAX_GAPS

    def close(self) -> Observed:
        """Finish the pass."""
        for id, told in self._told.items():
            if told > MAX_GAPS:
                self._facts[PASS].gaps.append(Gap(id, f"and {told - MAX_GAPS} more of this kind in this layer", remedy=REMEDIES.get(id, "")))
        contents = self._contents.close()
        for id, sweep in self._sweeps:
            for fact in sweep.close():
                if isinstance(fact, Gap):
                    if self._tells(fact.id):
                        self._facts[id].add(fact)
                elif self._room(len(fact.data) if isinstance(fact, Document) else 0, fact.path, id):
                    self._facts[id].add(fact)
        if self._digests.full:
            self._gap(
                "limit-exceeded", "this layer has more files than digests are kept of; the rest was not compared with what its packages declare"
            )
        if digests := self._digests.encode():
            self._facts[PASS].documents.append(Document(TABLE, "", digests))
        if contents.duplicates:
            message = f"{contents.duplicates} members stand in this layer more than once; the last of each counts, as engines do it"
            self._facts[PASS].gaps.append(Gap("duplicate-members", message, blind=False))
        return Observed(contents, _last_only(self._facts, contents) if contents.duplicates else self._facts)


def observe(blocks: Iterator[bytes], plan: Plan) -> Observed:
    """See a layer's tar. A broken one gives what was seen before the fault, and a blind Gap. Raises what `blocks` raises."""
    seen = Pass(plan)
    tar = Tar(blocks, seen.note)
    try:
        for header in tar:
            seen.member(header, tar)
    except TarFault as fault:
        seen.fault(fault)
    for _ in blocks:  # to the end: the digests are compared there
        pass
    return seen.close()


def observe_members(members: Iterable[tuple[Header | Member, Body]], plan: Plan) -> Observed:
    """See members that come from no tar: those of a folder. Their order is theirs."""
    seen = Pass(plan)
    try:
        for member, body in members:
            seen.member(member, body)
    except TarFault as fault:
        seen.fault(fault)
    return seen.close()


def observe_again(blocks: Iterator[bytes], plan: Plan, names: Mapping[str, tuple[str, ...]]) -> Mapping[str, Facts]:
    """See single members once more, each (by its path) under other names: the second look that the fold asks for."""
    seen = Pass(plan, names)
    tar = Tar(blocks)
    try:
        for header in tar:
            seen.member(header, tar)
    except TarFault:
        pass  # told by the first pass
    return seen.close().facts


def _last_only(facts: Mapping[str, Facts], contents: Contents) -> dict[str, Facts]:
    """Keep the documents of the members that count: a layer is a set, and of duplicates the last one wins, be it a file or not."""
    kept = {}
    for observer, seen in facts.items():
        documents = {(document.role, document.path): document for document in seen.documents}
        alive = [d for d in documents.values() if not d.path or ((row := contents.find(d.path.partition("!/")[0])) is not None and row.type in "fh")]
        kept[observer] = Facts(alive, seen.marks, seen.gaps)
    return kept


def _spool(size: int) -> BinaryIO:
    """Return a place for the bytes of one member: memory, or an unlinked temporary file."""
    return BytesIO() if size <= SPOOL else cast("BinaryIO", tempfile.TemporaryFile(prefix="pratique-"))


__all__ = ["ARCHIVE", "HARD_LINK", "PASS", "Facts", "Observed", "Pass", "Stream", "observe", "observe_again", "observe_members"]
