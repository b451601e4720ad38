import gzip
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import threading
from pathlib import Path
from typing import Any

import pytest
from conftest import SHARED, need, shared
from image_maker import (
    Layer,
    Made,
    Nothing,
    compress,
    digest,
    file,
    make_docker_archive,
    make_docker_archive_of,
    make_oci_archive,
    make_oci_layout,
    symlink,
    tar,
)

from pratique.errors import Corrupt, DigestMismatch, InvalidInput, MalformedImage
from pratique.image import tarindex
from pratique.image.open import open_image

BASE = Layer(file("etc/os-release", "ID=x\n"), instruction="ADD rootfs.tar / # buildkit")
LINK = Layer(symlink("l", "big"), instruction="RUN /bin/sh -c ln -s big l")
STEPS = [BASE, Nothing("ENV A=1"), Layer(file("big", os.urandom(900_000))), LINK, BASE]
IMAGES = sorted(path.name for path in (SHARED / "images").glob("*.tar.gz")) or ["none"]


def read(reference: str, **more: Any) -> tuple[Made, Any]:
    """Open an image and read every layer; return its digests as the maker says them, and the image."""
    with open_image(reference, environ={}, **more) as source:
        image = source.image
        for layer in image.layers:
            assert digest(b"".join(source.blocks(layer.index))) == layer.diff_id
    digests = image.digests
    layers = tuple(layer.digest or layer.diff_id for layer in image.layers)
    return Made(Path(), digests.config, tuple(layer.diff_id for layer in image.layers), layers, digests.manifest, digests.index), image


def same(found: Made, made: Made) -> bool:
    return (found.config, found.diff_ids, found.blobs, found.manifest) == (made.config, made.diff_ids, made.blobs, made.manifest)


@pytest.mark.parametrize("outer", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("style", ["old", "oci"])
def test_what_docker_saves_is_read(tmp_path: Path, style: str, outer: str) -> None:
    made = make_docker_archive(tmp_path / "app.tar", STEPS, style=style, outer=outer)
    found, image = read(str(made.path))
    assert same(found, made)
    assert image.tags == ("app:1",)
    assert image.source == "docker-archive"
    assert image.reference == f"docker-archive:{made.path}"
    assert [layer.instruction for layer in image.layers] == ["ADD rootfs.tar /", "COPY . .", "RUN ln -s big l", "ADD rootfs.tar /"]
    assert same(read(f"docker-archive:{made.path}:docker.io/library/app:1")[0], made)


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_an_archive_of_an_engine_with_containerds_store_keeps_its_compressed_layers(tmp_path: Path, compression: str) -> None:
    made = make_docker_archive(tmp_path / "app.tar", STEPS, style="oci", compression=compression)
    assert same(read(str(made.path))[0], made)


@pytest.mark.parametrize("outer", ["none", "gzip"])
@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_an_oci_archive_is_read(tmp_path: Path, compression: str, outer: str) -> None:
    made = make_oci_archive(tmp_path / "app.tar", STEPS, compression=compression, outer=outer, index=True)
    found, image = read(str(made.path))
    assert same(found, made)
    assert found.index == made.index
    assert image.source == "oci-archive"


def test_a_pipe_is_read(tmp_path: Path) -> None:
    made = make_docker_archive(tmp_path / "app.tar", STEPS, outer="gzip")
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    writer = threading.Thread(target=lambda: fifo.write_bytes(made.path.read_bytes()))
    writer.start()
    with open_image(str(fifo), environ={}) as source:
        assert source.image.digests.config == made.config
        assert source.identity(0) == ""
        assert digest(b"".join(source.blocks(0))) == made.diff_ids[0]
    writer.join()
    program = (
        "from pratique.image.open import open_image\ns = open_image('-', environ={})\n"
        "print(s.image.digests.config, sum(map(len, s.blocks(1))))\ns.close()"
    )
    done = subprocess.run([sys.executable, "-c", program], input=made.path.read_bytes(), capture_output=True)
    assert done.stdout.decode().split() == [made.config, str(len(STEPS[2].tar))], done.stderr  # type: ignore[union-attr]


@pytest.mark.parametrize("name", IMAGES)
def test_real_images_agree_with_skopeo_and_sha256sum(tmp_path: Path, name: str) -> None:
    path = shared("images", name)
    _, image = read(str(path))
    plain = tmp_path / "image.tar"
    plain.write_bytes(gzip.decompress(path.read_bytes()))
    inspect = [need("skopeo"), "inspect", "--config", f"docker-archive:{plain}"]
    told = json.loads(subprocess.run(inspect, capture_output=True, check=True).stdout)
    raw = subprocess.run([*inspect, "--raw"], capture_output=True, check=True).stdout
    assert [layer.diff_id for layer in image.layers] == told["rootfs"]["diff_ids"]
    assert image.digests.config == f"sha256:{hashlib.sha256(raw).hexdigest()}"
    assert image.platform.architecture == told["architecture"]


def test_of_several_images_one_must_be_chosen(tmp_path: Path) -> None:
    images = [(["app:1", "r.example/app:2"], STEPS, {}), (["other:1"], [BASE], {}), ([], [BASE], {"config": {"User": "1"}})]
    for style in ("old", "oci"):
        one, other, unnamed = make_docker_archive_of(tmp_path / f"{style}.tar", images, style=style)
        with pytest.raises(InvalidInput) as error:
            open_image(str(one.path), environ={})
        assert "app:1, other:1, r.example/app:2" in error.value.remedy
        assert read(f"docker-archive:{one.path}:other:1")[0].config == other.config
        assert read(f"{one.path}:r.example/app:2")[0].config == one.config
        assert read(f"docker-archive:{one.path}@{unnamed.config}")[0].config == unnamed.config
        with pytest.raises(InvalidInput, match="no image 'app:3'"):
            open_image(f"docker-archive:{one.path}:app:3", environ={})


def test_a_wrong_scheme_is_said(tmp_path: Path) -> None:
    docker = make_docker_archive(tmp_path / "d.tar", [BASE]).path
    oci = make_oci_archive(tmp_path / "o.tar", [BASE]).path
    with pytest.raises(MalformedImage) as error:
        open_image(f"oci-archive:{docker}", environ={})
    assert "docker-archive:" in error.value.remedy
    with pytest.raises(MalformedImage) as error:
        open_image(f"docker-archive:{oci}", environ={})
    assert "oci-archive:" in error.value.remedy


def test_identities_are_those_of_the_bytes(tmp_path: Path) -> None:
    path = make_docker_archive(tmp_path / "app.tar", STEPS).path
    with open_image(str(path), environ={}) as source:
        before = [source.identity(index) for index in range(4)]
    assert len(set(before)) == 3  # the last layer is a link to the first
    with open_image(str(path), environ={}) as source:
        assert [source.identity(index) for index in range(4)] == before
    os.utime(path, (1, 1))
    with open_image(str(path), environ={}) as source:
        assert not set(before) & {source.identity(index) for index in range(4)}


def test_layers_are_read_by_several_threads_at_once(tmp_path: Path) -> None:
    made = make_docker_archive(tmp_path / "app.tar", [Layer(file(str(n), os.urandom(300_000))) for n in range(6)])
    found: dict[int, str] = {}
    with open_image(str(made.path), environ={}) as source:
        threads = [threading.Thread(target=lambda n=n: found.update({n: digest(b"".join(source.blocks(n)))})) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert tuple(found[n] for n in range(6)) == made.diff_ids


# ----------------------------------------------------------------------------------------------------------------- evil


def members(path: Path) -> dict[str, bytes | str]:
    """Return the members of an archive, to be written again changed."""
    with tarfile.open(path) as archive:
        return {m.name: archive.extractfile(m).read() if m.isreg() else m.linkname for m in archive if m.isreg() or m.issym()}  # type: ignore[union-attr]


def write(path: Path, entries: dict[str, bytes | str]) -> str:
    path.write_bytes(tar([file(name, data) if isinstance(data, bytes) else symlink(name, data) for name, data in entries.items()]))
    return str(path)


@pytest.mark.parametrize("part", [0.05, 0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("outer", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("style", ["old", "oci"])
def test_a_truncated_archive_is_corrupt(tmp_path: Path, style: str, outer: str, part: float) -> None:
    path = make_docker_archive(tmp_path / "app.tar", STEPS, style=style, outer=outer).path
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(Corrupt):
        read(str(path))


def test_a_config_that_lies_about_a_layer_is_a_mismatch(tmp_path: Path) -> None:
    from image_maker import make_config

    lie = make_config(STEPS, diff_ids=[digest(b"clean")] + [s.diff_id for s in STEPS[2:] if isinstance(s, Layer)])
    for style in ("old", "oci"):
        path = make_docker_archive(tmp_path / "app.tar", STEPS, style=style, raw_config=lie).path
        with open_image(str(path), environ={}) as source, pytest.raises(DigestMismatch, match="Layer 1 of 4"):
            list(source.blocks(0))


def test_a_config_that_is_not_what_its_name_says_is_a_mismatch(tmp_path: Path) -> None:
    entries = members(make_docker_archive(tmp_path / "app.tar", [BASE]).path)
    name = next(name for name in entries if name.endswith(".json") and len(name) == 69)
    entries[name] += b" "  # type: ignore[operator]
    with pytest.raises(DigestMismatch, match="configuration"):
        open_image(write(tmp_path / "evil.tar", entries), environ={})


@pytest.mark.parametrize("layer", ["../../../etc/passwd", "/etc/passwd", "evil/layer.tar", "loop", "", ".."])
def test_no_path_leads_out_of_the_archive(tmp_path: Path, layer: str) -> None:
    entries = members(make_docker_archive(tmp_path / "app.tar", [BASE]).path)
    listed = json.loads(entries["manifest.json"])
    listed[0]["Layers"] = [layer]
    entries |= {"manifest.json": json.dumps(listed).encode(), "evil/layer.tar": "../../../../../etc/passwd", "loop": "loop", "../up": b"x"}
    with pytest.raises(Corrupt):
        read(write(tmp_path / "evil.tar", entries))


def test_two_manifests_in_one_archive_are_refused(tmp_path: Path) -> None:
    path = make_docker_archive(tmp_path / "app.tar", [BASE]).path
    path.write_bytes(path.read_bytes().rstrip(b"\0") + bytes(-len(path.read_bytes().rstrip(b"\0")) % 512) + tar([file("./manifest.json", b"[]")]))
    with pytest.raises(Corrupt, match="more than once"):
        open_image(str(path), environ={})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        bytes(10240),
        os.urandom(5000),
        tar([file("etc/passwd", "x")]),
        compress(b"hello", "gzip"),
        b"PK\x03\x04" + bytes(600),
        compress(b"", "zstd"),
    ],
    ids=range(8),
)
def test_what_is_no_image_archive_is_malformed(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(content)
    with pytest.raises(MalformedImage):
        open_image(str(path), environ={})


@pytest.mark.parametrize(
    "listed", [b"[]", b"{}", b"null", b"[" * 10_000, b"[{}]", b'[{"Config":"x.json","Layers":[]}]', b"\xff", b'[{"Config":7}]'], ids=range(8)
)
def test_a_manifest_that_lists_nonsense_is_corrupt(tmp_path: Path, listed: bytes) -> None:
    with pytest.raises(Corrupt):
        open_image(write(tmp_path / "x.tar", {"manifest.json": listed}), environ={})


def test_names_of_gnu_and_pax_archives_are_understood(tmp_path: Path) -> None:
    long = "d" * 90 + "/" + "e" * 120 + "/layer.tar"
    config = make_docker_archive(tmp_path / "a.tar", [BASE])
    entries = members(config.path)
    name = next(name for name in entries if name.endswith(".json") and len(name) == 69)
    listed = [{"Config": name, "Layers": [long], "RepoTags": None}]
    for dialect in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        path = tmp_path / "b.tar"
        more = {"comment": "\u00e9" * 50}
        path.write_bytes(
            tar([file(f"./{long}", BASE.tar, pax=more), file(name, entries[name]), file("manifest.json", json.dumps(listed))], dialect=dialect)
        )
        assert read(str(path))[0].diff_ids == (BASE.diff_id,)


def test_an_archive_of_too_many_members_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tarindex, "MAX_MEMBERS", 50)
    with pytest.raises(MalformedImage, match="more than 50 members"):
        open_image(write(tmp_path / "x.tar", {f"f{n}": b"" for n in range(60)}), environ={})


def test_a_flipped_header_never_shows_as_a_traceback(tmp_path: Path) -> None:
    made = make_docker_archive(tmp_path / "app.tar", [BASE])
    data = made.path.read_bytes()
    for at in range(0, 3000, 7):
        evil = bytearray(data)
        evil[at] ^= 0x81
        made.path.write_bytes(evil)
        try:
            found, _ = read(str(made.path))
        except (Corrupt, InvalidInput):
            continue
        assert found.diff_ids == made.diff_ids


# --------------------------------------------------------------------------------------------------------------- layout


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_a_layout_folder_is_read_as_skopeo_reads_it(tmp_path: Path, compression: str) -> None:
    made = make_oci_layout(tmp_path / "l", STEPS, compression=compression, index=True, tag="1.2")
    found, image = read(f"oci:{made.path}:1.2")
    assert same(found, made)
    assert image.tags == ("1.2",)
    told = json.loads(subprocess.run([need("skopeo"), "inspect", f"oci:{made.path}:1.2"], capture_output=True, check=True).stdout)
    assert [layer.digest for layer in image.layers] == told["Layers"]
    assert found.index == told["Digest"]
    assert same(read(f"oci:{made.path}@{made.manifest}")[0], made)


def test_of_several_tags_one_must_be_chosen(tmp_path: Path) -> None:
    from image_maker import Blobs

    blobs = Blobs()
    one, two = blobs.put_image([BASE]), blobs.put_image(STEPS)
    path = blobs.write_layout(tmp_path / "l", {"1": one, "2": two})
    with pytest.raises(InvalidInput) as error:
        open_image(f"oci:{path}", environ={})
    assert f"1 @{one['digest']}, 2 @{two['digest']}" in error.value.remedy
    assert read(f"oci:{path}:2")[0].manifest == two["digest"]
    with pytest.raises(InvalidInput, match="no image '3'"):
        open_image(f"oci:{path}:3", environ={})
    arm = blobs.put_image([BASE], platform="linux/arm64")
    path = blobs.write_layout(tmp_path / "m", [one, arm])
    assert read(f"oci:{path}", platform="linux/arm64")[0].manifest == arm["digest"]


def test_blobs_are_never_opened_through_links_out_of_the_folder(tmp_path: Path) -> None:
    made = make_oci_layout(tmp_path / "l", [BASE])
    blob = made.path / "blobs" / "sha256" / made.blobs[0].removeprefix("sha256:")
    outside = blob.rename(tmp_path / "outside")
    blob.symlink_to(outside)
    with open_image(f"oci:{made.path}", environ={}) as source:
        assert source.identity(0) == ""
        with pytest.raises(Corrupt, match="leaves the folder"):
            list(source.blocks(0))
    blob.unlink()
    (made.path / "inside").write_bytes(outside.read_bytes())
    blob.symlink_to("../../inside")
    assert same(read(f"oci:{made.path}")[0], made)
    blob.unlink()
    os.mkfifo(blob)
    with open_image(f"oci:{made.path}", environ={}) as source, pytest.raises(Corrupt, match="no regular file"):
        list(source.blocks(0))
    blob.unlink()
    with open_image(f"oci:{made.path}", environ={}) as source, pytest.raises(Corrupt, match="cannot be opened"):
        list(source.blocks(0))


def test_a_folder_that_is_no_layout_is_malformed(tmp_path: Path) -> None:
    with pytest.raises(MalformedImage, match="no OCI layout"):
        open_image(f"oci:{tmp_path}", environ={})
    (tmp_path / "index.json").write_text('{"schemaVersion":2,"manifests":[]}')
    with pytest.raises(MalformedImage, match="holds no image"):
        open_image(f"oci:{tmp_path}", environ={})


def test_a_root_file_system_folder_has_one_layer_and_no_tar(tmp_path: Path) -> None:
    (tmp_path / "app").write_bytes(b"x")
    with open_image(f"dir:{tmp_path}", environ={}) as source:
        assert source.folder == tmp_path
        assert [layer.diff_id for layer in source.image.layers] == [""]
        with pytest.raises(InvalidInput):
            source.blocks(0)


def test_the_archive_is_not_held_in_memory(tmp_path: Path) -> None:
    made = make_docker_archive(tmp_path / "app.tar", [Layer(file("zeros", bytes(200 << 20)))], outer="gzip")
    program = (
        "import sys\nfrom pratique.image.open import open_image\nwith open_image(sys.argv[1], environ={}) as s:\n"
        " n = sum(len(b) for b in s.blocks(0))\nprint(n, next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(made.path)], capture_output=True, check=True)
    count, peak = map(int, done.stdout.split())
    assert count > 200 << 20
    assert peak < 100 << 10  # KiB
