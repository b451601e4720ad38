"""Evaluate a Dockerfile without running it: scopes of ARG and ENV, what each stage stands on and takes, and what reaches the final image.

By the reference, sections "Understand how ARG and FROM interact", "ARG", "Environment replacement", "FROM". What is not in the file (the
environment of a base image, `--build-arg`) is not known, and what depends on it says so.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pratique.dockerfile.build import Build, BuildStage, Context, Copy, Missing, Origin, Rules, Setting, Source, Variable
from pratique.dockerfile.substitute import Value, substitute
from pratique.dockerfile.syntax import Dockerfile, Fault, Flag, Form, Instruction, Stage, Word

MAX_WORK = 1 << 25
"""Characters of all values together, substitutions counted as 64 each: what an ARG made of ARGs could make endless."""
Lookup = Callable[[str, Instruction], Value | None]
"""Return a variable's value for an instruction; None where it is surely not set."""
_UNKNOWN = Value("", known=False)
PLATFORM = frozenset({f"{of}{what}" for of in ("BUILD", "TARGET") for what in ("PLATFORM", "OS", "ARCH", "VARIANT")} | {"TARGETSTAGE"})
"""Global ARGs that the builder sets; a stage that wants one declares it."""
PREDEFINED = frozenset({name for proxy in ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY") for name in (proxy, proxy.lower())})
"""ARGs that need no declaration."""
SUBSTITUTED = frozenset({"ADD", "COPY", "EXPOSE", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"})
"""Instructions whose arguments the builder replaces variables in, with ENV, LABEL, ARG and FROM; RUN, CMD and ENTRYPOINT leave it to a shell."""
_SETTINGS = frozenset({"CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL", "STOPSIGNAL", "USER", "WORKDIR"})


def evaluate(dockerfile: Dockerfile, context: Context | None = None, rules: Rules | None = None) -> Build:
    """Return what a Dockerfile builds."""
    evaluation = _Evaluation(dockerfile)
    stages = evaluation.run()
    return Build(
        dockerfile,
        _reached(stages),
        {name: variables[-1] for name, variables in evaluation.globals.items()},
        context,
        tuple(evaluation.missing),
        tuple(evaluation.faults),
        rules or Rules(),
    )


@dataclass(slots=True)
class _Evaluation:
    dockerfile: Dockerfile
    globals: dict[str, list[Variable]] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    work: int = 0

    def run(self) -> list[BuildStage]:
        for instruction in self.dockerfile.arguments:
            for pair in instruction.pairs:
                value = _UNKNOWN if pair.value is None else self.expanded(pair.value, self.globally, instruction)
                self.globals.setdefault(pair.name.text, []).append(Variable(pair.name.text, value, instruction, pair))
        self.names = {stage.name: stage.index for stage in reversed(self.dockerfile.stages) if stage.name}
        done: list[BuildStage] = []
        for stage in self.dockerfile.stages:
            done.append(_Staging(self, stage, done).run())
        return done

    def globally(self, name: str, by: Instruction) -> Value | None:
        if name in self.globals:
            return self.globals[name][-1].value
        if name in PLATFORM:
            return _UNKNOWN
        self.missing.append(Missing(name, by))
        return None

    def expanded(self, word: Word, lookup: Lookup, by: Instruction) -> Value:
        if not word.expands:
            return Value(word.text)
        if self.work > MAX_WORK:
            return Value(word.raw, known=False)
        value = substitute(word.raw, lambda name: lookup(name, by), by.escape)
        self.work += len(value.text) + 64 * word.raw.count("$")
        if self.work > MAX_WORK:
            self.faults.append(
                Fault("too-much-substitution", "variables grow beyond what is followed: from here on none was replaced", word.span, blind=True)
            )
        return value

    def numbered(self, reference: str, at: int) -> int | None:
        """Return the stage that a `--from` names by its name or number."""
        if reference.isascii() and reference.isdecimal() and len(reference) < 8:
            return int(reference) if int(reference) < at else None
        index = self.names.get(reference.lower())
        return None if index == at else index


@dataclass(slots=True)
class _Staging:
    """One stage that is being evaluated."""

    whole: _Evaluation
    stage: Stage
    done: Sequence[BuildStage]
    parent: BuildStage | None = None
    closed: bool = False
    """Whether nothing can be set that this file does not set: it stands on scratch."""
    variables: dict[str, list[Variable]] = field(default_factory=dict)
    history: dict[str, list[Setting]] = field(default_factory=dict)
    origins: list[Origin] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    values: dict[Instruction, tuple[Value, ...]] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)

    def run(self) -> BuildStage:
        base = self.base()
        self.parent = self.done[base.stage] if base.stage is not None else None
        self.closed = base.source is Source.SCRATCH or (self.parent is not None and self.parent.scratch)
        for instruction in self.stage.instructions:
            self.take(instruction)
        settings = dict(self.parent.settings) if self.parent else {}
        for keyword, said in self.history.items():
            settings[keyword] = said[-1]
            if keyword == "ENTRYPOINT" and not any(s.instruction.span > said[-1].instruction.span for s in self.history.get("CMD", ())):
                settings.pop("CMD", None)  # ENTRYPOINT resets the CMD that a base set
        return BuildStage(
            self.stage,
            base,
            self.parent,
            settings,
            {keyword: tuple(said) for keyword, said in self.history.items()},
            {name: tuple(found) for name, found in self.variables.items()},
            tuple(self.origins),
            tuple(self.copies),
            self.values,
            tuple(self.missing),
        )

    def base(self) -> Origin:
        word = self.stage.base
        value = self.whole.expanded(word, self.whole.globally, self.stage.head)
        index = self.whole.names.get(value.text.lower()) if value.known else None
        if index is not None and index < self.stage.index:
            return Origin(Source.STAGE, value, index, self.stage.head, word.span)
        source = Source.SCRATCH if value == Value("scratch") else Source.IMAGE
        return Origin(source, value, None, self.stage.head, word.span)

    def lookup(self, name: str, by: Instruction) -> Value | None:
        found = self.set(name)
        if found is not None:
            return found.value
        self.missing.append(Missing(name, by))
        return None if self.closed else _UNKNOWN

    def set(self, name: str) -> Variable | None:
        """Return a variable's last setting: of ENV where there is one, for it wins over ARG."""
        own = self.variables.get(name)
        inherited = self.parent.variable(name) if self.parent else None
        if own is None:
            return inherited
        return inherited if own[-1].argument and inherited is not None and not inherited.argument else own[-1]

    # -------------------------------------------------------------------------------------------------- instructions

    def take(self, instruction: Instruction) -> None:
        keyword = instruction.keyword
        if keyword in {"ENV", "ARG", "LABEL"}:
            self.name(instruction)
        elif keyword in _SETTINGS or keyword in SUBSTITUTED:
            words = tuple(self.expanded(word, instruction) for word in instruction.arguments) if keyword in SUBSTITUTED else _written(instruction)
            self.values[instruction] = words
            if keyword in _SETTINGS:
                if keyword == "WORKDIR" and words:
                    words = (self.folder(words[0]),)
                self.history.setdefault(keyword, []).append(Setting(words, instruction))
            if keyword in {"COPY", "ADD"}:
                self.copy(instruction, words)
        elif keyword == "RUN":
            self.origins += self.mounts(instruction)

    def expanded(self, word: Word, by: Instruction) -> Value:
        return self.whole.expanded(word, self.lookup, by)

    def name(self, instruction: Instruction) -> None:
        """Set variables. All values of one ENV see what was set before it (reference, "Environment replacement")."""
        values: list[Value] = []
        for pair in instruction.pairs:
            name = pair.name.text
            if pair.value is not None:
                value = self.expanded(pair.value, instruction)
            elif name in self.whole.globals:
                value = self.whole.globals[name][-1].value
            else:
                value = _UNKNOWN
            values.append(value)
        self.values[instruction] = tuple(values)
        if instruction.keyword == "LABEL":
            return
        for pair, value in zip(instruction.pairs, values, strict=True):
            self.assign(Variable(pair.name.text, value, instruction, pair))

    def assign(self, variable: Variable) -> None:
        before = self.variables.setdefault(variable.name, [])
        if variable.argument and before and not before[-1].argument:
            before.insert(-1, variable)  # an ENV of that name stays what is seen
        else:
            before.append(variable)

    def folder(self, path: Value) -> Value:
        """Return a WORKDIR made absolute by the one before."""
        if path.text.startswith(("/", "\\")) or path.text[1:2] == ":" or not path.known:
            return path
        said = self.history.get("WORKDIR")
        before = said[-1] if said else self.parent.settings.get("WORKDIR") if self.parent else None
        if before is None:
            return Value(posixpath.join("/", path.text)) if self.closed else Value(path.text, known=False)
        return Value(
            posixpath.normpath(posixpath.join(before.words[0].text, path.text))[: len(before.words[0].text) + len(path.text) + 1], before.known
        )

    def copy(self, instruction: Instruction, words: tuple[Value, ...]) -> None:
        flag = instruction.flag("from")
        origin = self.origin(flag.value, flag, instruction) if flag is not None and flag.value else None
        if origin is not None:
            self.origins.append(origin)
        marked = {heredoc.span for heredoc in instruction.heredocs}
        pairs = [(word, value) for word, value in zip(instruction.arguments, words, strict=True) if word.span not in marked]
        if pairs:
            sources = pairs[:-1]
            self.copies.append(Copy(instruction, tuple(v for _, v in sources), tuple(w for w, _ in sources), pairs[-1][1], origin))

    def mounts(self, instruction: Instruction) -> Iterator[Origin]:
        for flag in instruction.all("mount"):
            reference = flag.fields.get("from")
            if reference:
                yield self.origin(reference, flag, instruction)

    def origin(self, reference: str, flag: Flag, by: Instruction) -> Origin:
        value = Value(reference, "$" not in reference)  # builders replace no variables here
        index = self.whole.numbered(reference, self.stage.index)
        source = Source.STAGE if index is not None else Source.SCRATCH if reference == "scratch" else Source.IMAGE
        return Origin(source, value, index, by, flag.span, flag)


def _written(instruction: Instruction) -> tuple[Value, ...]:
    return tuple(Value(word.text if instruction.form is Form.EXEC else word.raw) for word in instruction.arguments)


def _reached(stages: Sequence[BuildStage]) -> tuple[BuildStage, ...]:
    """Say of each stage whether it is shipped or used, going back from the last."""
    if not stages:
        return ()
    shipped = {stage.index for stage in stages[-1].lineage()}
    used: set[int] = set()
    waiting = [len(stages) - 1]
    while waiting:
        index = waiting.pop()
        if index in used:
            continue
        used.add(index)
        stage = stages[index]
        waiting += [origin.stage for origin in (stage.base, *stage.origins) if origin.stage is not None]
    done: list[BuildStage] = []
    for stage in stages:
        parent = done[stage.parent.index] if stage.parent is not None else None
        done.append(replace(stage, parent=parent, shipped=stage.index in shipped, used=stage.index in used))
    return tuple(done)
