"""Builds images from code, as the specifications say: OCI image-spec 1.1, Docker image spec 1.2 (`docker save`). Nothing of pratique is used here.

made = make_docker_archive(path / "app.tar", [
    Layer(file("etc/os-release", "ID=debian\\n"), folder("tmp", mode=0o1777), instruction="ADD rootfs.tar / # buildkit"),
    Nothing("ENV PATH=/usr/bin"),
    Layer(whiteout("etc/os-release"), symlink("bin", "usr/bin"), instruction="RUN rm /etc/os-release"),
])
made.diff_ids, made.config, made.manifest
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
WHEN = "2024-05-06T07:08:09Z"
ENDINGS = {"gzip": "+gzip", "zstd": "+zstd", "none": ""}


# ------------------------------------------------------------------------------------------------------------- layers


@dataclass(frozen=True)
class Entry:
    """One member of a layer. `xattrs`: name to bytes, written as pax `SCHILY.xattr.NAME`; `pax`: further raw pax records."""

    path: str
    data: bytes = b""
    type: bytes = tarfile.REGTYPE
    target: str = ""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    xattrs: Mapping[str, bytes] = field(default_factory=dict)
    pax: Mapping[str, str] = field(default_factory=dict)


def file(path: str, data: bytes | str = b"", **more: Any) -> Entry:
    return Entry(path, data.encode() if isinstance(data, str) else data, **more)


def folder(path: str, **more: Any) -> Entry:
    return Entry(path, type=tarfile.DIRTYPE, **{"mode": 0o755, **more})


def symlink(path: str, target: str, **more: Any) -> Entry:
    return Entry(path, type=tarfile.SYMTYPE, target=target, **{"mode": 0o777, **more})


def hardlink(path: str, target: str, **more: Any) -> Entry:
    """`target` is the path of another member, relative to the root."""
    return Entry(path, type=tarfile.LNKTYPE, target=target, **more)


def device(path: str, kind: bytes = tarfile.CHRTYPE, **more: Any) -> Entry:
    return Entry(path, type=kind, **more)


def whiteout(path: str) -> Entry:
    """Hides `path` of lower layers."""
    parent, _, name = path.rpartition("/")
    return Entry(f"{parent}/.wh.{name}" if parent else f".wh.{name}", mode=0)


def opaque(path: str) -> Entry:
    """Hides what lower layers have in the folder `path`."""
    return Entry(f"{path}/.wh..wh..opq" if path else ".wh..wh..opq", mode=0)


def tree(root: Path, prefix: str = "") -> list[Entry]:
    """Return the entries of a real folder (files, folders and symbolic links), sorted."""
    entries: list[Entry] = []
    for path in sorted(root.rglob("*")):
        name = prefix + path.relative_to(root).as_posix()
        mode = path.lstat().st_mode & 0o7777
        if path.is_symlink():
            entries.append(symlink(name, str(path.readlink())))
        elif path.is_dir():
            entries.append(folder(name, mode=mode))
        elif path.is_file():
            entries.append(file(name, path.read_bytes(), mode=mode))
    return entries


def tar(entries: Iterable[Entry], *, dialect: int = tarfile.PAX_FORMAT) -> bytes:
    """Return the members, in order, duplicates kept, as a tar archive. `dialect`: `tarfile.PAX_FORMAT`, `GNU_FORMAT` or `USTAR_FORMAT`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=dialect, encoding="utf-8", errors="surrogateescape") as archive:
        for entry in entries:
            info = tarfile.TarInfo(entry.path)
            info.type, info.linkname, info.mode, info.uid, info.gid, info.mtime = (
                entry.type,
                entry.target,
                entry.mode,
                entry.uid,
                entry.gid,
                entry.mtime,
            )
            info.size = len(entry.data) if entry.type == tarfile.REGTYPE else 0
            info.pax_headers = {
                **{f"SCHILY.xattr.{name}": value.decode("utf-8", "surrogateescape") for name, value in entry.xattrs.items()},
                **entry.pax,
            }
            archive.addfile(info, io.BytesIO(entry.data) if info.size else None)
    return out.getvalue()


class Layer:
    """One layer of entries, or of the raw bytes of a tar; `instruction` is its `created_by` in the history (None: the entry has none)."""

    def __init__(
        self,
        *entries: Entry | Iterable[Entry],
        instruction: str | None = "COPY . . # buildkit",
        raw: bytes | None = None,
        dialect: int = tarfile.PAX_FORMAT,
    ) -> None:
        flat = [one for entry in entries for one in ([entry] if isinstance(entry, Entry) else entry)]
        self.tar = tar(flat, dialect=dialect) if raw is None else raw
        self.instruction = instruction
        self.diff_id = digest(self.tar)


@dataclass(frozen=True)
class Nothing:
    """An instruction that brings no layer: `ENV`, `CMD`, `USER`."""

    instruction: str


Step = Layer | Nothing


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def compress(data: bytes, how: str) -> bytes:
    """`how`: `gzip`, `zstd` or `none`."""
    match how:
        case "gzip":
            return gzip.compress(data, compresslevel=1, mtime=0)
        case "zstd":
            from backports import zstd

            return zstd.compress(data)
        case "none":
            return data
    raise ValueError(how)


# ------------------------------------------------------------------------------------------------------ config, manifest


def make_config(
    steps: Sequence[Step],
    *,
    platform: str = "linux/amd64",
    config: Mapping[str, Any] | None = None,
    history: Sequence[Mapping[str, Any]] | bool | None = True,
    diff_ids: Sequence[str] | None = None,
    **top: Any,
) -> bytes:
    """Return an image configuration (OCI image-spec `config.md`). `config` is its inner object (User, Env …), `history` True: paired from the
    steps, None: absent, else as given; `diff_ids` replaces the true ones; `top` are further top-level fields."""
    os_name, architecture, *variant = platform.split("/")
    value: dict[str, Any] = {"created": WHEN, "architecture": architecture, "os": os_name}
    if variant:
        value["variant"] = variant[0]
    value["config"] = dict(config or {})
    value["rootfs"] = {"type": "layers", "diff_ids": list(diff_ids) if diff_ids is not None else [s.diff_id for s in steps if isinstance(s, Layer)]}
    if history is True:
        value["history"] = [
            {
                "created": WHEN,
                **({"created_by": step.instruction} if step.instruction is not None else {}),
                **({"empty_layer": True} if isinstance(step, Nothing) else {}),
            }
            for step in steps
        ]
    elif history:
        value["history"] = [dict(entry) for entry in history]  # type: ignore[union-attr]
    return json.dumps({**value, **top}, separators=(",", ":")).encode()


class Blobs(dict[str, bytes]):
    """Blobs by their digest."""

    def put(self, data: bytes, media_type: str, **more: Any) -> dict[str, Any]:
        """Keep a blob; return its descriptor."""
        name = digest(data)
        self[name] = data
        return {"mediaType": media_type, "digest": name, "size": len(data), **more}

    def put_json(self, value: Mapping[str, Any], media_type: str, **more: Any) -> dict[str, Any]:
        return self.put(json.dumps(value, separators=(",", ":")).encode(), media_type, **more)

    def put_image(
        self,
        steps: Sequence[Step],
        *,
        compression: str = "gzip",
        platform: str = "linux/amd64",
        config: Mapping[str, Any] | None = None,
        history: Sequence[Mapping[str, Any]] | bool | None = True,
        docker: bool = False,
        annotations: Mapping[str, str] | None = None,
        raw_config: bytes | None = None,
        manifest: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Keep config, layers and manifest; return the manifest's descriptor with its platform. `docker`: Docker's media types instead of OCI's;
        `raw_config`: these bytes as config; `manifest`: further (or other) fields of the manifest."""
        layers = [
            self.put(compress(step.tar, compression), f"{DOCKER_LAYER}.gzip" if docker else OCI_LAYER + ENDINGS[compression])
            for step in steps
            if isinstance(step, Layer)
        ]
        raw = raw_config if raw_config is not None else make_config(steps, platform=platform, config=config, history=history)
        value = {
            "schemaVersion": 2,
            "mediaType": DOCKER_MANIFEST if docker else OCI_MANIFEST,
            "config": self.put(raw, DOCKER_CONFIG if docker else OCI_CONFIG),
            "layers": layers,
            **({"annotations": dict(annotations)} if annotations else {}),
            **(manifest or {}),
        }
        os_name, architecture, *variant = platform.split("/")
        where = {"architecture": architecture, "os": os_name, **({"variant": variant[0]} if variant else {})}
        return self.put_json(value, str(value["mediaType"]), platform=where)

    def put_attestation(self, of: str) -> dict[str, Any]:
        """Keep an attestation manifest as buildkit writes it beside an image; return its descriptor."""
        statement = self.put(b'{"_type":"https://in-toto.io/Statement/v0.1"}', "application/vnd.in-toto+json")
        config = self.put(
            b'{"architecture":"unknown","os":"unknown","config":{},"rootfs":{"type":"layers","diff_ids":["' + statement["digest"].encode() + b'"]}}',
            OCI_CONFIG,
        )
        value = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": [statement]}
        notes = {"vnd.docker.reference.digest": of, "vnd.docker.reference.type": "attestation-manifest"}
        return self.put_json(value, OCI_MANIFEST, annotations=notes, platform={"architecture": "unknown", "os": "unknown"})

    def put_index(self, manifests: Sequence[Mapping[str, Any]], *, docker: bool = False) -> dict[str, Any]:
        """Keep an index of the descriptors; return its descriptor."""
        media_type = DOCKER_LIST if docker else OCI_INDEX
        return self.put_json({"schemaVersion": 2, "mediaType": media_type, "manifests": list(manifests)}, media_type)

    def write_layout(self, path: Path, roots: Mapping[str, Mapping[str, Any]] | Sequence[Mapping[str, Any]]) -> Path:
        """Write an OCI layout folder whose index.json holds the descriptors, by tag (or without tags)."""
        for name, data in self.items():
            algorithm, _, value = name.partition(":")
            (path / "blobs" / algorithm).mkdir(parents=True, exist_ok=True)
            (path / "blobs" / algorithm / value).write_bytes(data)
        (path / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        manifests = list(roots) if not isinstance(roots, Mapping) else [_tagged(root, tag) for tag, root in roots.items()]
        (path / "index.json").write_text(json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests}))
        return path


def _tagged(descriptor: Mapping[str, Any], tag: str) -> dict[str, Any]:
    return {**descriptor, "annotations": {**descriptor.get("annotations", {}), "org.opencontainers.image.ref.name": tag}}


# ---------------------------------------------------------------------------------------------------------------- images


@dataclass(frozen=True)
class Made:
    """What was made, by its true digests."""

    path: Path
    config: str
    diff_ids: tuple[str, ...]
    blobs: tuple[str, ...]
    """Digests of the layers as stored."""
    manifest: str | None = None
    index: str | None = None


def _made(path: Path, blobs: Blobs, steps: Sequence[Step], descriptor: Mapping[str, Any], index: str | None = None) -> Made:
    manifest = json.loads(blobs[descriptor["digest"]])
    layers = tuple(layer["digest"] for layer in manifest["layers"])
    return Made(path, manifest["config"]["digest"], tuple(s.diff_id for s in steps if isinstance(s, Layer)), layers, descriptor["digest"], index)


def make_oci_layout(path: Path, steps: Sequence[Step], *, tag: str = "latest", index: bool = False, **image: Any) -> Made:
    """Write an OCI layout folder. `image`: as of `Blobs.put_image`; `index`: put an index with one manifest and an attestation above it."""
    blobs = Blobs()
    descriptor = blobs.put_image(steps, **image)
    if not index:
        blobs.write_layout(path, {tag: descriptor})
        return _made(path, blobs, steps, descriptor)
    above = blobs.put_index([descriptor, blobs.put_attestation(descriptor["digest"])])
    blobs.write_layout(path, {tag: above})
    return _made(path, blobs, steps, descriptor, above["digest"])


def pack(path: Path, members: Iterable[tuple[str, bytes | str]], how: str = "none") -> Path:
    """Write a tar of files (bytes) and symbolic links (text: the target), compressed or not."""
    entries = [file(name, data) if isinstance(data, bytes) else symlink(name, data) for name, data in members]
    path.write_bytes(compress(tar(entries, dialect=tarfile.GNU_FORMAT), how))
    return path


def make_oci_archive(path: Path, steps: Sequence[Step], *, outer: str = "none", **more: Any) -> Made:
    """Write an OCI layout as a tar; `outer` compresses the archive itself. `more`: as of `make_oci_layout`."""
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        made = make_oci_layout(Path(scratch) / "layout", steps, **more)
        root = made.path
        pack(path, [(p.relative_to(root).as_posix(), p.read_bytes()) for p in sorted(root.rglob("*")) if p.is_file()], outer)
    return Made(path, made.config, made.diff_ids, made.blobs, made.manifest, made.index)


def make_docker_archive(
    path: Path,
    steps: Sequence[Step],
    *,
    style: str = "old",
    tags: Sequence[str] = ("app:1",),
    outer: str = "none",
    **image: Any,
) -> Made:
    """Write what `docker save` writes. `style` "old": `<id>/layer.tar` and `<config>.json` (a repeated layer is a symbolic link, as engines before 25
    wrote it); "oci": the OCI layout with a manifest.json beside its index.json (engines from 25 on, layers not compressed). `outer`: compress the
    archive itself (`docker save | gzip`). `image`: as of `Blobs.put_image`."""
    return make_docker_archive_of(path, [(tags, steps, image)], style=style, outer=outer)[0]


def make_docker_archive_of(
    path: Path, images: Sequence[tuple[Sequence[str], Sequence[Step], Mapping[str, Any]]], *, style: str = "old", outer: str = "none"
) -> list[Made]:
    """Write several images into one archive: tags, steps and options of each."""
    blobs, listed, made, members, roots = Blobs(), [], [], {}, []
    for tags, steps, image in images:
        descriptor = blobs.put_image(steps, **{"compression": "none", **image})
        one = _made(path, blobs, steps, descriptor)
        config = one.config.removeprefix("sha256:")
        if style == "oci":
            files = [f"blobs/sha256/{name.removeprefix('sha256:')}" for name in one.blobs]
            listed.append({"Config": f"blobs/sha256/{config}", "RepoTags": list(tags), "Layers": files})
            names = [
                {"io.containerd.image.name": f"docker.io/library/{tag}", "org.opencontainers.image.ref.name": tag.rpartition(":")[2]} for tag in tags
            ]
            roots += [{**descriptor, "annotations": name} for name in names or [{}]]
        else:
            files, seen, chain = [], {}, ""
            for layer in (step for step in steps if isinstance(step, Layer)):
                chain = hashlib.sha256(f"{chain} {layer.diff_id}".encode()).hexdigest()
                members[f"{chain}/VERSION"] = b"1.0"
                members[f"{chain}/json"] = json.dumps({"id": chain}).encode()
                members[f"{chain}/layer.tar"] = f"../{seen[layer.diff_id]}/layer.tar" if seen.get(layer.diff_id, chain) != chain else layer.tar
                seen.setdefault(layer.diff_id, chain)
                files.append(f"{chain}/layer.tar")
            members[f"{config}.json"] = blobs[one.config]
            listed.append({"Config": f"{config}.json", "RepoTags": list(tags) or None, "Layers": files})
            one = Made(path, one.config, one.diff_ids, one.diff_ids)
        made.append(one)
    if style == "oci":
        members = {f"blobs/sha256/{name.removeprefix('sha256:')}": data for name, data in blobs.items()}
        members["index.json"] = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": roots}).encode()
        members["oci-layout"] = b'{"imageLayoutVersion":"1.0.0"}'
    members["manifest.json"] = json.dumps(listed).encode()
    pack(path, members.items(), outer)
    return made
