import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from image_maker import Layer, Nothing, digest, file, make_docker_archive
from parts_engine import Engine, engine
from parts_registry import push, registry

from pratique.errors import EngineUnreachable, InvalidInput, Refused
from pratique.image.daemon import open_daemon
from pratique.image.location import locate
from pratique.image.open import open_image

STEPS = [Layer(file("etc/os-release", "ID=x\n"), instruction="ADD x / # buildkit"), Nothing("ENV A=1"), Layer(file("big", bytes(900_000)))]


@pytest.fixture(scope="module")
def running() -> Iterator[Engine]:
    with engine() as made:
        yield made


def test_an_image_of_the_engine_is_read_as_the_engine_inspects_it(running: Engine, tmp_path: Path) -> None:
    made = make_docker_archive(tmp_path / "app.tar", STEPS)
    running.docker("load", "-i", str(made.path))
    told = json.loads(running.docker("inspect", "app:1"))[0]
    for name in ("docker:app:1", f"docker:{told['Id']}", f"docker:{told['Id'].removeprefix('sha256:')}"):
        with open_image(name, environ=running.environ()) as source:
            image = source.image
            assert image.digests.config == told["Id"] == made.config
            assert [layer.diff_id for layer in image.layers] == told["RootFS"]["Layers"]
            assert [digest(b"".join(source.blocks(n))) for n in range(2)] == told["RootFS"]["Layers"]
            assert image.digests.manifest is None
            assert source.identity(0) == ""
            assert image.tags == ("app:1",)
            assert image.source == "docker"


def test_the_digest_an_image_was_pulled_by_is_kept(running: Engine, tmp_path: Path) -> None:
    made = make_docker_archive(tmp_path / "app.tar", STEPS)
    with registry(tmp_path / "registry") as remote:
        push(f"docker-archive:{made.path}", f"{remote.host}/team/app:1")
        running.docker("pull", f"{remote.host}/team/app:1")
        told = json.loads(running.docker("inspect", f"{remote.host}/team/app:1"))[0]
        with open_image(f"docker:{remote.host}/team/app:1", environ=running.environ()) as source:
            assert [f"{remote.host}/team/app@{source.image.digests.manifest}"] == told["RepoDigests"]


def test_what_docker_save_writes_is_read(running: Engine, tmp_path: Path) -> None:
    made = make_docker_archive(tmp_path / "app.tar", [*STEPS, STEPS[0]])
    running.docker("load", "-i", str(made.path))
    saved = tmp_path / "saved.tar"
    saved.write_bytes(running.docker("save", "app:1"))
    with open_image(str(saved), environ={}) as source:
        assert source.image.digests.config == made.config
        assert tuple(digest(b"".join(source.blocks(n))) for n in range(3)) == made.diff_ids


def test_an_image_the_engine_does_not_have_is_refused(running: Engine) -> None:
    with pytest.raises(Refused) as error:
        open_image("docker:none:1", environ=running.environ())
    assert "docker images" in error.value.remedy


def test_without_an_engine_it_is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(EngineUnreachable, match="No Docker engine"):
        open_image("docker:app", environ={"DOCKER_HOST": f"unix://{tmp_path}/none.sock"})
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(EngineUnreachable, match="No Docker engine"):
        open_image("docker:app", environ={"DOCKER_HOST": f"unix://{tmp_path}/file"})
    with pytest.raises(InvalidInput, match="DOCKER_HOST"):
        open_daemon(locate("docker:app"), asked=None, machine="x86_64", environ={"DOCKER_HOST": "ssh://host"})
