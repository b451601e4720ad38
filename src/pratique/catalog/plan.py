"""The one look-up: which observers want a member, decided once per member and not once per observer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pratique.catalog.observer import Observer, Wanted


class Want(NamedTuple):
    """One wish of one observer."""

    observer: Observer
    wanted: Wanted
    ending: str = ""
    """The pattern, where it has no `*`: a path fulfils it by its end."""
    parts: tuple[str, ...] = ()
    """Else its parts."""

    def root(self, path: str) -> str | None:
        """Return what stands before the pattern in a path, without the slash; None where the pattern does not match."""
        if self.ending:
            if not path.endswith(self.ending):
                return None
            at = len(path) - len(self.ending)
            return "" if not at else path[: at - 1] if path[at - 1] == "/" else None
        found = path.rsplit("/", len(self.parts))
        surplus = len(found) - len(self.parts)
        if surplus < 0 or not all(
            part == text or ("*" in part and _like(text, part)) for part, text in zip(self.parts, found[surplus:], strict=True)
        ):
            return None
        return found[0] if surplus else ""


@dataclass(slots=True)
class Plan:
    """The wishes of all observers, compiled: by name, by extension, by folder, by first bytes."""

    observers: tuple[Observer, ...]
    digests: bool = False
    """Whether the sha256 of every file is computed."""
    sums: bool = False
    """Whether files are digested by the algorithms that their packages may declare (ADR 7)."""
    _by_name: dict[str, list[Want]] = field(default_factory=dict)
    _by_extension: dict[str, list[Want]] = field(default_factory=dict)
    _by_folder: dict[str, list[Want]] = field(default_factory=dict)
    _by_magic: dict[bytes, list[Want]] = field(default_factory=dict)
    _folder: str = ""
    _in_folder: list[Want] | None = None

    @classmethod
    def compile(cls, observers: Iterable[Observer], *, digests: bool = False, sums: bool = False) -> Plan:
        """Compile observers into a plan. Raises `ValueError` for a pattern that no look-up can decide."""
        plan = cls(tuple(observers), digests, sums)
        for observer in plan.observers:
            for wanted in observer.wants:
                plan._enter(observer, wanted)
        return plan

    @property
    def options(self) -> str:
        """The options of the pass, as a part of the revision under which evidence is kept."""
        return f"{'+sha256' if self.digests else ''}{'+sums' if self.sums else ''}"

    def _enter(self, observer: Observer, wanted: Wanted) -> None:
        if wanted.magic:
            if not 2 <= len(wanted.magic) <= 16:
                raise ValueError(f"{observer.id}: a magic has 2 to 16 bytes")
            self._by_magic.setdefault(wanted.magic[:2], []).append(Want(observer, wanted))
            return
        parts = wanted.pattern.split("/")
        want = Want(observer, wanted, parts=tuple(parts)) if "*" in wanted.pattern else Want(observer, wanted, wanted.pattern)
        last = parts[-1]
        if "*" not in last:
            self._by_name.setdefault(last, []).append(want)
        elif last.count("*") == 1 and last[0] == "*" and "." in last:
            self._by_extension.setdefault(last[last.rindex(".") :], []).append(want)
        elif len(parts) > 1 and "*" not in parts[-2]:
            self._by_folder.setdefault(parts[-2], []).append(want)
        else:
            raise ValueError(f"{observer.id}: no look-up can decide {wanted.pattern!r}")

    def named(self, path: str) -> list[tuple[Want, str]]:
        """Return the wishes that a path fulfils, each with the root before its pattern."""
        slash = path.rfind("/")
        name = path[slash + 1 :]
        found = self._by_name.get(name)
        dot = name.rfind(".")
        if dot >= 0 and (more := self._by_extension.get(name[dot:])):
            found = found + more if found else more
        if slash >= 0 and self._by_folder:
            folder = path[:slash]
            if folder != self._folder:
                self._folder = folder
                self._in_folder = self._by_folder.get(folder.rpartition("/")[2])
            if self._in_folder:
                found = found + self._in_folder if found else self._in_folder
        if not found:
            return []
        fulfilled = [
            (want, root) for want in found if (root := want.root(path)) is not None and (want.wanted.where is None or want.wanted.where(path))
        ]
        return fulfilled if len(fulfilled) < 2 else _longest(fulfilled)

    def begun(self, head: bytes) -> list[tuple[Want, str]]:
        """Return the wishes that a file fulfils by its first bytes."""
        found = self._by_magic.get(head[:2])
        if not found:
            return []
        return [(want, "") for want in found if head.startswith(want.wanted.magic)]

    @property
    def magics(self) -> Mapping[bytes, object]:
        """The first two bytes of every magic."""
        return self._by_magic


def _like(text: str, part: str) -> bool:
    """Tell whether a text is like one part of a pattern, in which each `*` stands for any text."""
    first, *middle, last = part.split("*")
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    text = text[len(first) : len(text) - len(last)]
    for piece in middle:
        at = text.find(piece)
        if at < 0:
            return False
        text = text[at + len(piece) :]
    return True


def _longest(fulfilled: list[tuple[Want, str]]) -> list[tuple[Want, str]]:
    """Of several patterns of one observer keep the longest: `usr/lib/apk/db/installed` ends in `lib/apk/db/installed`, and `usr` is no root."""
    kept: dict[str, tuple[Want, str]] = {}
    for want, root in fulfilled:
        before = kept.get(want.observer.id)
        if before is None or len(root) < len(before[1]):
            kept[want.observer.id] = want, root
    return list(kept.values())
