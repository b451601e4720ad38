"""What an instruction runs: by its form, its heredocs, and the interpreter that a script names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pratique.dockerfile.command import Redirect, Script
from pratique.dockerfile.draft import Cut, Draft, commands
from pratique.dockerfile.prefix import SHELLS
from pratique.dockerfile.shell import Splitter, finish
from pratique.dockerfile.syntax import Form, Instruction, Position, Span, Text, Word

_SHEBANG = re.compile(r"#!\s*(\S+)(?:[ \t]+([^\n]*))?")


def script(instruction: Instruction) -> Script:
    """Return the commands of RUN, CMD, ENTRYPOINT, HEALTHCHECK; none for other instructions, nor for ONBUILD (ask its trigger)."""
    arguments = instruction.arguments
    match instruction.keyword:
        case "HEALTHCHECK":
            arguments = arguments[1:]
        case "RUN" | "CMD" | "ENTRYPOINT":
            pass
        case _:
            return Script()
    if not arguments:
        return Script()
    drafts: list[Draft] = []
    cut = ""
    try:
        if instruction.form is Form.EXEC:
            _exec(arguments, drafts)
        elif instruction.keyword == "HEALTHCHECK":
            text = instruction.text
            start = text.value.find(arguments[0].raw, 4)
            Splitter(text.part(start, len(text.value)), drafts, [], 0, 0).run()
        elif len(instruction.heredocs) == 1 and _alone(instruction):
            _heredoc_script(instruction.heredocs[0].body, drafts)
        else:
            Splitter(instruction.text, drafts, list(instruction.heredocs), 0, 0).run()
    except Cut as reached:
        cut = str(reached)
    return Script(commands(drafts), cut)


def _alone(instruction: Instruction) -> bool:
    """Tell whether the line is a heredoc and nothing else: then its body is the script (BuildKit `dispatchRun`)."""
    return re.fullmatch(r"\d{0,4}<<-?(?:'[^']*'|\"[^\"]*\"|[^\s'\"<]+)", instruction.text.value.strip()) is not None


def _exec(arguments: Sequence[Word], drafts: list[Draft]) -> None:
    draft = Draft("", 0, 0, words=list(arguments), span=Span(arguments[0].span.start, arguments[-1].span.end))
    draft.texts = [exactly(word) for word in arguments]
    draft.read = [{} for _ in arguments]
    drafts.append(draft)
    finish(draft, drafts)


def exactly(word: Word) -> Text:
    """Return the text of a JSON string, of which only the place of its first character is known where it holds escapes."""
    start = word.span.start
    return Text(word.text, (0,), (Position(start.line, start.column + 1),))


def _heredoc_script(body: Text, drafts: list[Draft]) -> None:
    """Read a heredoc that is run: by the interpreter of its first line, else by the shell."""
    shebang = _SHEBANG.match(body.value)
    if shebang is not None:
        words = [shebang[1], *(shebang[2] or "").split()]
        if not any(word.rpartition("/")[2] in SHELLS for word in words):
            span = body.span(*shebang.span())
            draft = Draft("", 0, 0, words=[Word(word, span, word) for word in words], span=span)
            draft.redirects.append(Redirect("<<", Word("", span, ""), None, body))
            draft.texts = [Text(word, (0,), (span.start,)) for word in words]
            draft.read = [{} for _ in words]
            drafts.append(draft)
            finish(draft, drafts)
            return
    Splitter(body, drafts, [], 0, 0).run()
