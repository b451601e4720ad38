"""A configuration and its layers become an Image: history paired, secrets hidden, every digest kept.

OCI image-spec 1.1 `config.md` ("Layer ChainID", "history"). Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pratique.errors import InvalidInput, MalformedImage
from pratique.image import instruction, redact
from pratique.image.documents import MAX_LAYERS, Descriptor, RawConfig, RawHistory, RawInner, decode
from pratique.image.platforms import Wanted, named
from pratique.image.reference import is_digest
from pratique.model import UNKNOWN_LAYER, Concealed, Config, Digests, Gap, History, Image, Layer, Platform

MAX_HISTORY = 10_000
"""Entries of a history: instructions of all Dockerfiles down to scratch."""


def image(
    config: bytes,
    layers: Sequence[Descriptor],
    digests: Digests,
    *,
    reference: str,
    source: str,
    asked: str | None = None,
    tags: Sequence[str] = (),
    gaps: Sequence[Gap] = (),
) -> Image:
    """Return the Image of a verified configuration and its layers as stored (whose digests may be empty, as in a `docker save` archive).

    Raises `MalformedImage` where the two do not fit, `InvalidInput` for an image of another platform than was asked, or one that is not read here.
    """
    raw = decode(config, RawConfig, "The image's configuration")
    diff_ids = raw.rootfs.diff_ids or []
    if raw.rootfs.type != "layers":
        raise MalformedImage(f"The image's root file system is of the type {raw.rootfs.type!r}, not 'layers'.", "Build or save the image again.")
    if len(diff_ids) > MAX_LAYERS:
        raise MalformedImage(
            f"The image has {len(diff_ids)} layers; no engine takes more than {MAX_LAYERS}.", "Do not run this image; build it again."
        )
    if len(diff_ids) != len(layers):
        raise MalformedImage(
            f"The image's configuration lists {len(diff_ids)} layers, its manifest {len(layers)}: one of them lies.",
            "Pull, copy or save the image again.",
        )
    for diff_id in diff_ids:
        if not is_digest(diff_id):
            raise MalformedImage(
                f"The image's configuration names a layer by {diff_id[:80]!r}, which is no sha256 or sha512 digest.", "Build the image again."
            )
    platform = named(raw.os, raw.architecture, raw.variant or "", raw.os_version or "")
    _refuse_other_worlds(platform, source)
    if asked is not None and not Wanted.parse(asked).fits(platform):
        raise InvalidInput(f"The image is for {platform}, not for {asked}.", f"Ask for --platform {platform}, or leave the option out.")
    found = list(gaps)
    if not raw.os or not raw.architecture:
        found.append(Gap("platform-absent", "The image's configuration does not say what platform it is for.", blind=False))
    if any(layer.urls or "foreign" in layer.media_type or "nondistributable" in layer.media_type for layer in layers):
        found.append(Gap("layer-foreign", "The image has layers that its registry may not distribute; they are read only if it does.", blind=False))
    history = tuple(_history(entry) for entry in (raw.history or ())[:MAX_HISTORY])
    instructions, gap = instruction.paired(raw.history or (), len(layers))
    if gap is not None:
        found.append(gap)
    return Image(
        reference=reference,
        digests=digests,
        platform=platform,
        layers=tuple(
            Layer(
                index=index,
                diff_id=diff_id,
                chain_id=chain_id,
                digest=blob.digest or None,
                media_type=blob.media_type,
                size=blob.size,
                instruction=instructions[index].text,
                created=instructions[index].created,
            )
            for index, (diff_id, chain_id, blob) in enumerate(zip(diff_ids, chain_ids(diff_ids), layers, strict=True))
        ),
        config=_config(raw, history),
        source=source,
        tags=tuple(tags),
        gaps=tuple(found),
        concealed=_concealed(raw),
    )


def chain_ids(diff_ids: Sequence[str]) -> list[str]:
    """Return the ChainID of each layer: it names the layer with all below it (config.md, "Layer ChainID")."""
    chain: list[str] = []
    for diff_id in diff_ids:
        chain.append(f"sha256:{hashlib.sha256(f'{chain[-1]} {diff_id}'.encode()).hexdigest()}" if chain else diff_id)
    return chain


def _refuse_other_worlds(platform: Platform, source: str) -> None:
    if platform.os == "windows":
        raise InvalidInput(f"This is a Windows image ({platform}); its layers are not read here.", "Pratique reads images for Linux.")
    if platform.os.startswith(("wasi", "js")) or platform.architecture.startswith("wasm"):
        raise InvalidInput(f"This is a WebAssembly module in an image ({platform}), not a file system.", "Pratique reads images for Linux.")
    if platform.os == platform.architecture == "unknown":
        raise MalformedImage(f"This is no container image but an attestation about one ({source}).", "Name the image itself.")


def _history(entry: RawHistory) -> History:
    hidden = [None if value is None else redact.text(value) for value in (entry.created_by, entry.comment, entry.author)]
    return History(created_by=hidden[0], created=entry.created, comment=hidden[1], author=hidden[2], empty=entry.empty_layer)


def _config(raw: RawConfig, history: tuple[History, ...]) -> Config:
    inner = raw.config or RawInner()
    return Config(
        user=inner.user or "",
        entrypoint=_words(inner.entrypoint),
        cmd=_words(inner.cmd),
        env=tuple(redact.variable(entry) for entry in inner.env or ()),
        labels=tuple((name, redact.pair(name, value)) for name, value in sorted((inner.labels or {}).items())),
        exposed_ports=tuple(sorted(inner.exposed_ports or ())),
        volumes=tuple(sorted(inner.volumes or ())),
        working_dir=inner.working_dir or "",
        stop_signal=inner.stop_signal or "",
        healthcheck=None if inner.healthcheck is None else redact.words(inner.healthcheck.test or ()),
        shell=_words(inner.shell),
        onbuild=tuple(redact.text(line) for line in inner.on_build or ()),
        args_escaped=bool(inner.args_escaped),
        created=raw.created,
        author=None if raw.author is None else redact.text(raw.author),
        history=history,
    )


def _concealed(raw: RawConfig) -> Concealed:
    """Take what may hold secrets before it is redacted, for the one search; texts beyond the limit are cut as they are for reports."""
    inner = raw.config or RawInner()
    texts = [(f"config:env/{entry.partition('=')[0][:80]}", entry, UNKNOWN_LAYER) for entry in inner.env or ()]
    texts += [(f"config:label/{name[:80]}", f"{name}={value}", UNKNOWN_LAYER) for name, value in sorted((inner.labels or {}).items())]
    for place, words in (("entrypoint", inner.entrypoint), ("cmd", inner.cmd)):
        texts.append((f"config:{place}", words if isinstance(words, str) else " ".join(words or ()), UNKNOWN_LAYER))
    if inner.healthcheck is not None:
        texts.append(("config:healthcheck", " ".join(inner.healthcheck.test or ()), UNKNOWN_LAYER))
    layer = -1
    for index, one in enumerate((raw.history or ())[:MAX_HISTORY]):
        layer += not one.empty_layer
        texts += [(f"config:history/{index}", text, UNKNOWN_LAYER if one.empty_layer else layer) for text in (one.created_by, one.comment) if text]
    return Concealed(tuple((place, text[: redact.MAX_TEXT], layer) for place, text, layer in texts if text))


def _words(value: list[str] | str | None) -> tuple[str, ...] | None:
    """Docker's `strslice`: a list, or one text."""
    if value is None:
        return None
    return redact.words([value] if isinstance(value, str) else value)
