"""The nouns of an evaluated Dockerfile: stages with what they stand on, what is set in them, what they take, and what reaches the image."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from pratique.dockerfile.ignore import Ignore, glob
from pratique.dockerfile.substitute import Value
from pratique.dockerfile.syntax import Dockerfile, Fault, Flag, Instruction, Pair, Span, Stage, Word


class Setting(NamedTuple):
    """What USER, WORKDIR, SHELL, ENTRYPOINT, CMD, HEALTHCHECK last said."""

    words: tuple[Value, ...]
    """The arguments after substitution. WORKDIR: one word, made absolute by those before it where they are known."""
    instruction: Instruction

    @property
    def text(self) -> str:
        """The arguments, joined by a blank."""
        return " ".join(word.text for word in self.words)

    @property
    def known(self) -> bool:
        """Whether nothing in it is set elsewhere."""
        return all(word.known for word in self.words)


class Variable(NamedTuple):
    """What ARG or ENV set."""

    name: str
    value: Value
    """An ARG without default is not known: whoever builds may give it."""
    instruction: Instruction
    pair: Pair

    @property
    def argument(self) -> bool:
        """Whether it is an ARG: not in the image's environment, yet in its history."""
        return self.instruction.keyword == "ARG"


class Missing(NamedTuple):
    """A variable that is used and set nowhere in this file before; a base image may set it."""

    name: str
    instruction: Instruction


class Source(StrEnum):
    """What something comes from."""

    STAGE = "stage"
    IMAGE = "image"
    SCRATCH = "scratch"


class Origin(NamedTuple):
    """What FROM, COPY --from, ADD --from or RUN --mount=from= names."""

    source: Source
    reference: Value
    """As written, after substitution: an image's reference, a stage's name or number."""
    stage: int | None
    """The index of the stage, where it is one."""
    instruction: Instruction
    span: Span
    """Where the reference stands."""
    flag: Flag | None = None
    """The `--from` or `--mount`; None for FROM."""


class Copy(NamedTuple):
    """One COPY or ADD."""

    instruction: Instruction
    sources: tuple[Value, ...]
    """Paths or addresses, after substitution; none for heredocs."""
    words: tuple[Word, ...]
    """The same as written."""
    destination: Value
    origin: Origin | None
    """The stage or image it copies from; None: the build context."""


@dataclass(frozen=True, slots=True)
class ContextFile:
    """A file of the build context; `link` is what a symbolic link points to."""

    path: str
    size: int = 0
    mode: int = 0o644
    link: str | None = None


@dataclass(frozen=True)
class Context:
    """The files that lie beside a Dockerfile, and what its `.dockerignore` says of them."""

    files: tuple[ContextFile, ...]
    ignore: Ignore = field(default_factory=Ignore)
    has_ignore: bool = False
    """Whether there is a `.dockerignore`."""
    whole: bool = True
    """False where not every file was listed."""

    @cached_property
    def sent(self) -> tuple[ContextFile, ...]:
        """The files that reach the builder."""
        return tuple(file for file in self.files if not self.ignore.ignores(file.path))

    def taken(self, source: str) -> Iterator[ContextFile]:
        """Yield the files that a COPY of this source takes: itself, what lies beneath it, or what its pattern matches."""
        path = "/".join(part for part in source.split("/") if part not in {"", "."})
        if not path:
            yield from self.sent
        elif any(char in path for char in "*?["):
            yield from (file for file in self.sent if glob(path, file.path))
        else:
            yield from (file for file in self.sent if file.path == path or file.path.startswith(f"{path}/"))


@dataclass(frozen=True, eq=False)
class BuildStage:
    """One stage, evaluated."""

    stage: Stage
    base: Origin
    parent: BuildStage | None
    """The stage it stands on, where it stands on one."""
    settings: Mapping[str, Setting]
    """By instruction: what USER, WORKDIR, SHELL, ENTRYPOINT, CMD, HEALTHCHECK, STOPSIGNAL last said here or in a parent; absent: the base image's."""
    history: Mapping[str, tuple[Setting, ...]]
    """The same, every time it was said in this stage."""
    variables: Mapping[str, tuple[Variable, ...]]
    """By name: every time it was set in this stage, in order."""
    origins: tuple[Origin, ...]
    """Stages and images it takes files from: COPY --from, RUN --mount=from=."""
    copies: tuple[Copy, ...]
    values: Mapping[Instruction, tuple[Value, ...]]
    missing: tuple[Missing, ...] = ()
    shipped: bool = False
    """Whether its layers are in the final image: the last stage, and what that stands on."""
    used: bool = False
    """Whether anything of it reaches the final stage, by FROM, COPY or a mount."""

    @property
    def index(self) -> int:
        """Its number, from 0."""
        return self.stage.index

    @property
    def name(self) -> str:
        """Its name, lower-case; empty where it has none."""
        return self.stage.name

    @property
    def head(self) -> Instruction:
        """Its FROM."""
        return self.stage.head

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """Those after FROM."""
        return self.stage.instructions

    def each(self, *keywords: str) -> Iterator[Instruction]:
        """Yield its instructions of these keywords, those in ONBUILD too (which say so: `triggered`)."""
        return self.stage.each(*keywords)

    @property
    def runs(self) -> Iterator[Instruction]:
        """Its RUN instructions."""
        return self.stage.each("RUN")

    def words(self, instruction: Instruction) -> tuple[Value, ...]:
        """Return an instruction's arguments after substitution; of ENV, ARG and LABEL the values. A shell line is as it is written."""
        found = self.values.get(instruction)
        return tuple(Value(word.text, not word.expands) for word in instruction.arguments) if found is None else found

    def lineage(self) -> Iterator[BuildStage]:
        """Yield itself, the stage it stands on, and so on."""
        stage: BuildStage | None = self
        while stage is not None:
            yield stage
            stage = stage.parent

    def setting(self, keyword: str, at: Instruction | None = None) -> Setting | None:
        """Return what an instruction last said; with `at`, before that one. None: only the base image can say."""
        if at is None:
            return self.settings.get(keyword)
        said = self.history.get(keyword, ())
        before = bisect_left(said, at.span, key=lambda setting: setting.instruction.span)
        if before:
            return said[before - 1]
        return self.parent.settings.get(keyword) if self.parent else None

    def variable(self, name: str, at: Instruction | None = None) -> Variable | None:
        """Return a variable as it is last set, here or in a parent; with `at`, before that instruction."""
        for stage in self.lineage():
            found = reversed(stage.variables.get(name, ()))
            last = next((variable for variable in found if at is None or stage is not self or variable.instruction.span < at.span), None)
            if last is not None:
                return last
        return None

    @property
    def scratch(self) -> bool:
        """Whether it stands on nothing, directly or through stages."""
        return [*self.lineage()][-1].base.source is Source.SCRATCH


@dataclass(frozen=True, slots=True)
class Rules:
    """What an organisation says in its `.hadolint.yaml` that a check needs to know."""

    trusted_registries: tuple[str, ...] = ()
    """Registries that images may come from, with `*`; none: any."""
    label_schema: Mapping[str, str] = field(default_factory=dict)
    """Labels that must be there, each with its kind: `text`, `url`, `rfc3339`, `spdx`, `hash`, `semver`, `email`, `rawtext`."""
    strict_labels: bool = False
    """Whether no others may be."""


@dataclass(frozen=True, eq=False)
class Build:
    """A Dockerfile, evaluated; with the build context where it was listed."""

    dockerfile: Dockerfile
    stages: tuple[BuildStage, ...]
    arguments: Mapping[str, Variable] = field(default_factory=dict)
    """The ARGs before the first FROM, as last set."""
    context: Context | None = None
    missing: tuple[Missing, ...] = ()
    """Variables that a FROM uses and nothing sets."""
    faults: tuple[Fault, ...] = ()
    """What could not be evaluated."""
    rules: Rules = field(default_factory=Rules)

    @property
    def final(self) -> BuildStage | None:
        """The stage that becomes the image: the last."""
        return self.stages[-1] if self.stages else None

    @property
    def shipped(self) -> Iterator[BuildStage]:
        """The stages whose layers are in the image."""
        return (stage for stage in self.stages if stage.shipped)
