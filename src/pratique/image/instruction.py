"""Which instruction brought which layer, as far as the history tells (OCI image-spec `config.md`, "history").

How builders write `created_by`: Docker's classic builder `/bin/sh -c #(nop)  ENV A=b` and `/bin/sh -c apt-get …`, buildkit
`RUN /bin/sh -c apt-get … # buildkit` and `COPY . . # buildkit`, buildah either. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from pratique.image import redact
from pratique.model import Gap

_NOP = re.compile(r"^/bin/sh -c #\(nop\)\s*")
_SHELL = re.compile(r"^(?:RUN )?(?:\|\d{1,4} .*?)?/bin/sh -c ", re.DOTALL)
"""`|2 A=b C=d` before the shell: build arguments, which are no part of the instruction."""
_BUILDKIT = " # buildkit"


class Entry(Protocol):
    """What is needed of one entry of the history."""

    created: str | None
    created_by: str | None
    empty_layer: bool


class Instruction(NamedTuple):
    """What brought a layer, and when; None where nothing tells."""

    text: str | None = None
    created: str | None = None


def paired(history: Sequence[Entry], layers: int) -> tuple[list[Instruction], Gap | None]:
    """Return the instruction of each layer: entries without a layer are skipped. Where the numbers differ no layer has one, and a note says so."""
    bringing = [entry for entry in history if not entry.empty_layer]
    if len(bringing) == layers:
        return [Instruction(clean(entry.created_by), entry.created) for entry in bringing], None
    nothing = [Instruction()] * layers
    if not history:
        return nothing, Gap("history-absent", "The image has no history: no layer can be attributed to an instruction.", blind=False)
    message = f"The image's history tells of {len(bringing)} layers, but it has {layers}: no layer can be attributed to an instruction."
    return nothing, Gap("history-unpaired", message, blind=False)


def clean(created_by: str | None) -> str | None:
    """Return `created_by` as a Dockerfile has it, secrets hidden; None where it says nothing."""
    text = (created_by or "").strip()
    if not text:
        return None
    text = text.removesuffix(_BUILDKIT).rstrip()
    if nop := _NOP.match(text):
        text = text[nop.end() :]
    elif shell := _SHELL.match(text):
        text = f"RUN {text[shell.end() :].lstrip()}"
    return redact.text(text) or None
