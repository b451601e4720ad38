"""Images that real engines built: each layer is paired with the instruction that made it, as the engines themselves tell."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import CI, need, shared
from parts_engine import Engine, engine
from product import components, run

ALPINE = "alpine-3.18.docker.tar.gz"


def module(name: str) -> str:
    """A command that plants a module."""
    folder = f"/srv/node_modules/{name}"
    return f"""mkdir -p {folder} && echo '{{"name": "{name}", "version": "1.0.0"}}' > {folder}/package.json"""


DOCKERFILE = f"""FROM alpine:3.18
ARG VERSION=1
ENV LANG=C.UTF-8
RUN {module("first")}
LABEL maintainer=someone
COPY second /srv/node_modules/second
WORKDIR /srv/work
ADD third.tar /srv/node_modules
RUN rm -r /srv/node_modules/first && \\
    apk del --no-network libc-utils
USER nobody
CMD ["sh"]
"""
PLANTED = {
    # what is installed or removed: how the instruction that brought it begins, and whether it is there
    "first": ("RUN mkdir -p /srv/node_modules/first && ", False),
    "second": ("COPY ", True),
    "third": ("ADD ", True),
}


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("context")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    for name in ("second", "third"):
        (folder / name).mkdir()
        (folder / name / "package.json").write_text(json.dumps({"name": name, "version": "1.0.0"}))
    with tarfile.open(folder / "third.tar", "w") as tar:
        tar.add(folder / "third", "third")
    return folder


def as_in_a_dockerfile(created_by: str) -> str | None:
    """What an engine writes in its history, without the shell and the marks of its builder."""
    if match := re.fullmatch(r"/bin/sh -c #\(nop\) +(.*?) *", created_by, re.DOTALL):
        return match[1]
    if match := re.fullmatch(r"(\|\d+ .*? )?/bin/sh -c (.*?) *", created_by, re.DOTALL):
        return f"RUN {match[2]}"
    return created_by.strip() or None


def assert_planted(documents: dict[str, Any]) -> None:
    """Each planted module is named with the instruction that brought it, whatever the history says."""
    found = {one.name: one for one in components(documents["cyclonedx"], visible=None)}
    assert {name: (found[name].visible, str(found[name].instruction).startswith(begins)) for name, (begins, _) in PLANTED.items()} == {
        name: (visible, True) for name, (_, visible) in PLANTED.items()
    }
    assert found["libc-utils"].visible is False
    assert found["libc-utils"].layer == found["musl"].layer == 0
    assert found["musl"].visible


# ------------------------------------------------------------------------------------------------------------------- Docker


@pytest.fixture(scope="module")
def docker(context: Path) -> Iterator[Engine]:
    """An engine with the image `app:1`, and `app:2` committed from a container of it."""
    with engine() as running:
        running.docker("load", "-i", str(shared("images", ALPINE)))
        words = ["docker", "-H", running.host, "build", "-q", "-t", "app:1", "--build-arg", "VERSION=2", "--network=none", str(context)]
        done = subprocess.run(words, env={**os.environ, "DOCKER_BUILDKIT": "0"}, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        running.docker("run", "--name", "changed", "--network=none", "--user=root", "app:1", "sh", "-c", module("fourth"))
        running.docker("commit", "changed", "app:2")
        yield running


def paired_by_docker(docker: Engine, image: str) -> list[tuple[str, str | None]]:
    """Diff ID and instruction of each layer: the entry of `docker history` whose intermediate image has this layer, and the one before has not."""
    history = [json.loads(line) for line in docker.docker("history", "--no-trunc", "--format", "{{json .}}", image).splitlines()]
    paired: list[tuple[str, str | None]] = []
    for entry in reversed(history):
        (inspected,) = json.loads(docker.docker("image", "inspect", entry["ID"]))
        layers = inspected["RootFS"]["Layers"]
        if len(layers) > len(paired):
            assert len(layers) == len(paired) + 1
            paired.append((layers[-1], as_in_a_dockerfile(entry["CreatedBy"])))
    return paired


@pytest.mark.parametrize(("image", "layers"), [("app:1", 6), ("app:2", 7)])
def test_instructions_are_paired_as_docker_history_tells(docker: Engine, image: str, layers: int, tmp_path: Path) -> None:
    documents = run("sbom", f"docker:{image}", data=tmp_path / "data", environ=docker.environ())
    truth = paired_by_docker(docker, image)
    assert len(truth) == layers
    assert [(one["diff_id"], one["instruction"]) for one in documents["json"]["image"]["layers"]] == truth
    assert_planted(documents)
    saved = tmp_path / "app.tar"
    docker.docker("save", "-o", str(saved), image)
    from_archive = run("sbom", saved, data=tmp_path / "other")
    assert from_archive["json"]["image"]["layers"][-1]["instruction"] == truth[-1][1]
    assert from_archive["json"]["packages"] == documents["json"]["packages"]


def test_what_was_committed_from_a_container_is_of_its_command(docker: Engine, tmp_path: Path) -> None:
    documents = run("sbom", "docker:app:2", data=tmp_path, environ=docker.environ())
    (fourth,) = (one for one in components(documents["cyclonedx"]) if one.name == "fourth")
    assert fourth.layer == 6
    assert str(fourth.instruction).startswith("sh -c mkdir -p /srv/node_modules/fourth")


# ------------------------------------------------------------------------------------------------------------------ Buildah


def test_an_image_built_by_buildah_is_paired_too(context: Path, tmp_path: Path) -> None:
    program = need("buildah")
    if os.geteuid() != 0:
        pytest.fail("buildah needs root here") if CI else pytest.skip("buildah needs root here")
    (tmp_path / "alpine.tar").write_bytes(gzip.decompress(shared("images", ALPINE).read_bytes()))
    text = (context / "Dockerfile").read_text().replace("FROM alpine:3.18", f"FROM docker-archive:{tmp_path}/alpine.tar")
    (tmp_path / "Dockerfile").write_text(text)
    buildah = [program, "--root", str(tmp_path / "root"), "--runroot", str(tmp_path / "run"), "--storage-driver", "vfs"]
    build = ["bud", "--isolation", "chroot", "--layers", "-f", str(tmp_path / "Dockerfile"), "-t", "app:1", str(context)]
    try:
        done = subprocess.run([*buildah, *build], capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, done.stderr
        push = subprocess.run([*buildah, "push", "app:1", f"oci:{tmp_path}/oci:app"], capture_output=True, text=True, timeout=120)
        assert push.returncode == 0, push.stderr
    finally:
        subprocess.run([*buildah, "rm", "--all"], capture_output=True, timeout=60)
        subprocess.run([*buildah, "rmi", "--all", "--force"], capture_output=True, timeout=60)
    documents = run("sbom", tmp_path / "oci", data=tmp_path / "data")
    layers = documents["json"]["image"]["layers"]
    words = [str(one["instruction"]).split(" ")[0] for one in layers[1:]]
    assert [word for word in words if word != "WORKDIR"] == ["RUN", "COPY", "ADD", "RUN"]  # not every Buildah makes a layer of WORKDIR
    assert layers[0]["instruction"] is None  # imported: nothing tells
    assert_planted(documents)
