import base64
import json
from pathlib import Path
from typing import Any

import pytest
from parts_registry import helper

from pratique.errors import InvalidInput
from pratique.image import credentials
from pratique.image.credentials import Credentials, find

AUTH = base64.b64encode(b"me:pass:word").decode()


def configured(folder: Path, value: Any) -> dict[str, str]:
    (folder / "config.json").write_text(value if isinstance(value, str) else json.dumps(value))
    return {"DOCKER_CONFIG": str(folder), "PATH": str(folder / "bin")}


@pytest.mark.parametrize(
    ("key", "host"),
    [
        ("r.example:5000", "r.example:5000"),
        ("https://r.example", "r.example"),
        ("https://r.example/v1/", "r.example"),
        ("https://index.docker.io/v1/", "docker.io"),
        ("docker.io", "docker.io"),
    ],
)
def test_a_stored_login_is_found_by_its_host(tmp_path: Path, key: str, host: str) -> None:
    environ = configured(tmp_path, {"auths": {"other.example": {"auth": "x"}, key: {"auth": AUTH}}})
    assert find(host, environ) == Credentials("me", "pass:word")
    assert find("r.example:5001", environ) is None


def test_home_is_where_docker_keeps_it(tmp_path: Path) -> None:
    (tmp_path / ".docker").mkdir()
    configured(tmp_path / ".docker", {"auths": {"r.example": {"username": "me", "password": "x"}}})
    assert find("r.example", {"HOME": str(tmp_path)}) == Credentials("me", "x")
    assert find("r.example", {"HOME": "/nowhere"}) is None
    assert find("r.example", {}) is None


def test_a_store_is_asked_and_then_the_file(tmp_path: Path) -> None:
    helper(tmp_path / "bin", "ring", {"a.example": {"Username": "me", "Secret": "x"}, "b.example": {"Username": "<token>", "Secret": "refresh"}})
    environ = configured(tmp_path, {"credsStore": "ring", "auths": {"c.example": {"auth": AUTH}}})
    assert find("a.example", environ) == Credentials("me", "x")
    assert find("b.example", environ) == Credentials(identity_token="refresh")
    assert find("c.example", environ) == Credentials("me", "pass:word")
    assert find("d.example", environ) is None


def test_a_helper_for_one_registry_comes_first_and_the_hub_has_its_own_key(tmp_path: Path) -> None:
    helper(tmp_path / "bin", "one", {"https://index.docker.io/v1/": {"Username": "hub", "Secret": "x"}})
    environ = configured(tmp_path, {"credHelpers": {"https://index.docker.io/v1/": "one"}, "credsStore": "none"})
    assert find("docker.io", environ) == Credentials("hub", "x")


def test_a_broken_helper_or_configuration_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "HELPER_SECONDS", 0.3)
    helper(tmp_path / "bin", "slow", {}, sleep=5)
    helper(tmp_path / "bin", "bad", {}, status=7)
    for name, says in (("slow", "did not answer"), ("bad", "status 7"), ("missing", "not on PATH"), ("../../bin/sh", "not on PATH")):
        with pytest.raises(InvalidInput, match=says):
            find("r.example", configured(tmp_path, {"credsStore": name}))
    for value in ("{", "[]", "[" * 10_000, '{"auths":7}'):
        with pytest.raises(InvalidInput, match="cannot be read"):
            find("r.example", configured(tmp_path, value))
    with pytest.raises(InvalidInput, match="docker login"):
        raise_remedy(lambda: find("r.example", configured(tmp_path, {"auths": {"r.example": {"auth": "!!"}}})))


def raise_remedy(call: Any) -> None:
    try:
        call()
    except InvalidInput as error:
        raise InvalidInput(error.remedy) from None


def test_a_password_is_never_shown() -> None:
    assert "secret" not in repr(Credentials("me", "secret", "secret"))
