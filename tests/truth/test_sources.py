"""One image by every way it can be reached: the same packages of the same layers. And what was seen before is told as what was not."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from conftest import shared
from image_maker import Layer, Nothing, Step, file, make_docker_archive, make_oci_archive, make_oci_layout, whiteout
from mirror_maker import flaw, make_mirror, osv, secdb
from parts_engine import engine
from parts_registry import push, registry
from product import command, components, environment, run, spdx_components

SITE = "usr/lib/python3.11/site-packages"


def alpine() -> bytes:
    """The one layer of a real image."""
    with tarfile.open(shared("images", "alpine-3.18.docker.tar.gz")) as archive:
        manifest = archive.extractfile("manifest.json")
        assert manifest is not None
        layer = archive.extractfile(json.load(manifest)[0]["Layers"][0])
        assert layer is not None
        return layer.read()


def steps() -> list[Step]:
    def python(name: str) -> Any:
        return file(f"{SITE}/{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")

    return [
        Layer(raw=alpine(), instruction="/bin/sh -c #(nop) ADD file:0123 in / "),
        Nothing('/bin/sh -c #(nop)  CMD ["/bin/sh"]'),
        Layer(python("kept"), python("deleted"), instruction="RUN /bin/sh -c pip install kept deleted # buildkit"),
        Layer(file("srv/node_modules/module/package.json", '{"name": "module", "version": "1.2.3"}'), instruction="COPY . /srv # buildkit"),
        Layer(whiteout(f"{SITE}/deleted-1.0.dist-info"), instruction="RUN /bin/sh -c pip uninstall deleted # buildkit"),
        Nothing("USER nobody"),
    ]


LAYERED = ("old", "oci-style", "gzip", "zstd", "pipe", "pipe-gzip", "oci", "oci-zstd", "oci-archive", "oci-archive-pipe", "registry", "docker")
Source = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Source]]:
    """Every way to the image: a function that runs the product on it. Parts of the real world are started when they are first asked for."""
    folder = tmp_path_factory.mktemp("sources")
    made = steps()
    old = make_docker_archive(folder / "old.tar", made).path
    paths = {
        "old": old,
        "oci-style": make_docker_archive(folder / "new.tar", made, style="oci").path,
        "gzip": make_docker_archive(folder / "old.tar.gz", made, outer="gzip").path,
        "zstd": make_docker_archive(folder / "old.tar.zst", made, outer="zstd").path,
        "oci": make_oci_layout(folder / "oci", made).path,
        "oci-zstd": make_oci_layout(folder / "oci-zstd", made, compression="zstd", index=True).path,
        "oci-archive": make_oci_archive(folder / "oci.tar", made).path,
    }

    def piped(path: Path, verb: str, *words: str, **more: Any) -> dict[str, Any]:
        with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as pipe:
            return run(verb, "-", *words, stdin=pipe.stdout, **more)

    def direct(image: str, verb: str, *words: str, **more: Any) -> dict[str, Any]:
        return run(verb, image, *words, **more)

    with ExitStack() as running:

        def from_registry(verb: str, *words: str, **more: Any) -> dict[str, Any]:
            if "registry" not in started:
                started["registry"] = running.enter_context(registry(folder / "registry"))
                push(f"docker-archive:{old}", f"{started['registry'].host}/team/app:1")
            return run(verb, f"registry:{started['registry'].host}/team/app:1", "--insecure", *words, **more)

        def from_engine(verb: str, *words: str, **more: Any) -> dict[str, Any]:
            return run(verb, "docker:app:1", *words, environ=the_engine().environ(), **more)

        def from_folder(verb: str, *words: str, **more: Any) -> dict[str, Any]:
            root = folder / "root"
            if not root.exists():  # the engine lays the layers above one another, and exports what is then there
                the_engine().docker("create", "--name", "app", "app:1", "sh")
                with tarfile.open(fileobj=io.BytesIO(the_engine().docker("export", "app"))) as exported:
                    exported.extractall(root, filter="tar")
            return run(verb, f"dir:{root}", *words, **more)

        def the_engine() -> Any:
            if "engine" not in started:
                started["engine"] = running.enter_context(engine())
                started["engine"].docker("load", "-i", str(old))
            return started["engine"]

        started: dict[str, Any] = {}
        yield {
            **{name: lambda *words, path=path, **more: direct(str(path), *words, **more) for name, path in paths.items()},
            "pipe": lambda *words, **more: piped(old, *words, **more),
            "pipe-gzip": lambda *words, **more: piped(paths["gzip"], *words, **more),
            "oci-archive-pipe": lambda *words, **more: piped(paths["oci-archive"], *words, **more),
            "registry": from_registry,
            "docker": from_engine,
            "dir": from_folder,
        }


@pytest.fixture(scope="module")
def expected(sources: dict[str, Source], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the oldest kind of archive gives; that it is right is told here, from the image itself."""
    documents = sources["old"]("sbom", data=tmp_path_factory.mktemp("data"))
    found = {(one.type, one.name, one.version, one.layer, one.instruction, one.visible) for one in components(documents["cyclonedx"], visible=None)}
    named = {row for row in found if row[0] != "apk"}
    assert named == {
        ("pypi", "kept", "1.0", 1, "RUN pip install kept deleted", True),
        ("pypi", "deleted", "1.0", 1, "RUN pip install kept deleted", False),
        ("npm", "module", "1.2.3", 2, "COPY . /srv", True),
    }
    assert len(found - named) == 15
    assert {row[3:] for row in found - named} == {(0, "ADD file:0123 in /", True)}
    return documents


@pytest.mark.parametrize("source", LAYERED)
def test_every_way_to_an_image_gives_the_same(sources: dict[str, Source], expected: dict[str, Any], source: str, tmp_path: Path) -> None:
    fresh = sources[source]("sbom", data=tmp_path)
    for part in ("packages", "distributions", "marks", "gaps", "blind"):
        assert fresh["json"][part] == expected["json"][part]
    assert components(fresh["cyclonedx"], visible=None) == components(expected["cyclonedx"], visible=None)
    assert spdx_components(fresh["spdx"], visible=None) == spdx_components(expected["spdx"], visible=None)
    layers = [(one["diff_id"], one["chain_id"], one["instruction"]) for one in fresh["json"]["image"]["layers"]]
    assert layers == [(one["diff_id"], one["chain_id"], one["instruction"]) for one in expected["json"]["image"]["layers"]]
    assert fresh["json"]["image"]["digests"]["config"] == expected["json"]["image"]["digests"]["config"]
    again = sources[source]("sbom", data=tmp_path)
    assert again == fresh  # from the cache


def test_a_folder_that_the_engine_made_of_the_layers_has_the_visible_packages(
    sources: dict[str, Source], expected: dict[str, Any], tmp_path: Path
) -> None:
    def named(documents: dict[str, Any]) -> list[tuple[Any, ...]]:
        return [
            (one.type, one.name, one.version, str(one.purl), one.licence, one.source, one.locations) for one in components(documents["cyclonedx"])
        ]

    documents = sources["dir"]("sbom", data=tmp_path)
    assert named(documents) == named(expected)
    assert components(documents["cyclonedx"], visible=False) == []
    assert {one["origin"]["instruction"] for one in documents["json"]["packages"]} == {None}
    assert not documents["json"]["blind"]


def test_what_one_way_left_in_the_cache_serves_another(sources: dict[str, Source], expected: dict[str, Any], tmp_path: Path) -> None:
    for source in ("gzip", "oci", "registry", "docker", "old"):
        documents = sources[source]("sbom", data=tmp_path)
        assert documents["json"]["packages"] == expected["json"]["packages"]


# -------------------------------------------------------------------------------------------------------------------- cache

FLAWS = {
    ("osv", "PyPI"): osv(flaw("PYSEC-2026-1", "PyPI", "kept")),
    ("osv", "npm"): osv(flaw("GHSA-aaaa-bbbb-cccc", "npm", "module")),
    ("alpine-secdb", "v3.18/main"): secdb({"openssl": {"9-r0": ["CVE-2026-0005"]}}),
    ("alpine-secdb", "v3.18/community"): secdb({"unrelated": {"1-r0": ["CVE-2026-0006"]}}),
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_docker_archive(tmp_path_factory.mktemp("archive") / "app.tar", steps()).path


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_mirror(tmp_path_factory.mktemp("mirror"), FLAWS)


def test_a_cached_report_equals_the_fresh_one(archive: Path, mirror: Path, tmp_path: Path) -> None:
    words = ["--feeds", str(mirror), "--offline"]
    fresh = run("scan", archive, *words, data=tmp_path / "data", code=None)
    assert len([one for one in fresh["json"]["findings"] if one["package"]]) == 4  # libcrypto3 and libssl3 are of openssl
    assert run("scan", archive, *words, data=tmp_path / "data", code=None) == fresh
    assert run("scan", archive, *words, data=tmp_path / "other", code=None) == fresh
    later = run("scan", archive, *words, data=tmp_path / "data", code=None, environ={"SOURCE_DATE_EPOCH": "1795309200"})
    assert later["json"].pop("created") != fresh["json"]["created"]
    assert later["json"] == {name: value for name, value in fresh["json"].items() if name != "created"}


def test_processes_that_share_a_data_directory_at_the_same_time_say_the_same(archive: Path, mirror: Path, tmp_path: Path) -> None:
    alone = run("scan", archive, "--feeds", str(mirror), "--offline", data=tmp_path / "alone", code=None)
    words = ["scan", archive, "--feeds", mirror, "--offline", "-f", "json"]
    for _ in range(2):  # with nothing there, and with all of it
        running = [
            subprocess.Popen(command(*words, data=tmp_path / "shared"), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(3)
        ]
        for process in running:
            out, said = process.communicate(timeout=120)
            assert process.returncode == 0, said.decode()
            assert json.loads(out) == alone["json"]
