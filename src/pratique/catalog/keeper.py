"""The observer that keeps files as Documents for the fold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from pratique.catalog.ecosystem import Ecosystem, Keep
from pratique.catalog.observer import Fact, Member, Observer, Wanted
from pratique.model import Document, Gap


def keeper(keep: Keep, revision: str) -> Observer:
    """Return the observer that keeps the files of one role; its id is the role."""
    reduce = keep.reduce

    def see(member: Member, file: BinaryIO) -> Iterator[Fact]:
        if reduce is None:
            yield Document(keep.role, member.path, file.read())
            return
        for item in reduce(member, file):
            if isinstance(item, Gap):
                yield replace(item, path=item.path or member.path)
            else:
                yield Document(keep.role, member.path, item)

    wants = [Wanted(pattern=pattern, take=keep.take, limit=keep.limit, blind=keep.blind) for pattern in keep.patterns]
    wants += [Wanted(magic=magic, take=keep.take, limit=keep.limit, blind=keep.blind, peek=keep.peek) for magic in keep.magic]
    return Observer(keep.role, revision, tuple(wants), see, keep.stream)


def keepers(ecosystem: Ecosystem) -> Iterator[Observer]:
    """Yield the observers of an ecosystem."""
    return (keeper(keep, ecosystem.revision) for keep in ecosystem.keeps)
