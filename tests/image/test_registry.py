import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import need
from image_maker import OCI_MANIFEST, Blobs, Layer, Nothing, digest, file, make_docker_archive, make_oci_layout
from parts_registry import PASSWORD, USER, Registry, Simulated, free_port, helper, push, registry, reply

from pratique.errors import Corrupt, DigestMismatch, InvalidInput, MalformedImage, Refused, RegistryUnreachable
from pratique.image import wire
from pratique.image.http import retry_after
from pratique.image.open import open_image
from pratique.model import Image

STEPS = [Layer(file("etc/os-release", "ID=x\n"), instruction="ADD x / # buildkit"), Nothing("ENV A=1"), Layer(file("big", bytes(range(256)) * 8000))]


def read(reference: str, environ: dict[str, str] | None = None, **more: Any) -> Image:
    with open_image(reference, environ=environ or {}, **more) as source:
        for layer in source.image.layers:
            assert digest(b"".join(source.blocks(layer.index))) == layer.diff_id
            assert source.identity(layer.index) == f"blob:{layer.digest}"
        return source.image


# ------------------------------------------------------------------------------------------------------- real registries


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


def test_an_image_that_skopeo_pushed_is_read_as_skopeo_inspects_it(real: Registry, tmp_path: Path) -> None:
    made = make_docker_archive(tmp_path / "app.tar", STEPS)
    push(f"docker-archive:{made.path}", f"{real.host}/team/app:1")
    image = read(f"{real.host}/team/app:1")
    told = json.loads(
        subprocess.run([need("skopeo"), "inspect", "--tls-verify=false", f"docker://{real.host}/team/app:1"], capture_output=True, check=True).stdout
    )
    assert image.digests.manifest == told["Digest"]
    assert [layer.digest for layer in image.layers] == told["Layers"]
    assert image.digests.config == made.config
    assert image.digests.index is None
    assert image.reference == f"{real.host}/team/app:1"
    assert image.tags == (f"{real.host}/team/app:1",)
    assert [layer.instruction for layer in image.layers] == ["ADD x /", "COPY . ."]
    pinned = read(f"registry:{real.host}/team/app:other@{image.digests.manifest}")
    assert pinned.digests == image.digests


def test_an_index_is_followed_to_the_platform(real: Registry, tmp_path: Path) -> None:
    made = make_oci_layout(tmp_path / "l", STEPS, index=True, compression="gzip")
    push(f"oci:{made.path}:latest", f"{real.host}/team/many:1", more=("--all",))
    image = read(f"{real.host}/team/many:1", platform="linux/amd64")
    assert (image.digests.index, image.digests.manifest) == (made.index, made.manifest)
    with pytest.raises(InvalidInput, match="not there for linux/s390x"):
        read(f"{real.host}/team/many:1", platform="linux/s390x")


def test_what_is_not_there_is_refused(real: Registry) -> None:
    for name in ("team/app:none", "none/none", f"team/app@{digest(b'none')}"):
        with pytest.raises(Refused) as error:
            read(f"{real.host}/{name}")
        assert "Check the name" in error.value.remedy


@pytest.mark.parametrize("auth", ["htpasswd", "token"])
def test_a_login_of_dockers_configuration_is_used(tmp_path: Path, auth: str) -> None:
    made = make_docker_archive(tmp_path / "app.tar", STEPS)
    with registry(tmp_path / "registry", auth=auth) as running:
        push(f"docker-archive:{made.path}", f"{running.host}/team/app:1", login=True)
        assert read(f"{running.host}/team/app:1", running.environ()).digests.config == made.config
        with pytest.raises(Refused) as error:
            read(f"{running.host}/team/app:1")
        assert "docker login" in error.value.remedy
        wrong = tmp_path / "wrong"
        wrong.mkdir()
        (wrong / "config.json").write_text(json.dumps({"auths": {running.host: {"auth": "bWU6d3Jvbmc="}}}))
        with pytest.raises(Refused):
            read(f"{running.host}/team/app:1", {"DOCKER_CONFIG": str(wrong)})
        path = helper(tmp_path / "bin", "ring", {running.host: {"Username": USER, "Secret": PASSWORD}})
        (wrong / "config.json").write_text(json.dumps({"credHelpers": {running.host: "ring"}}))
        assert read(f"{running.host}/team/app:1", {"DOCKER_CONFIG": str(wrong), "PATH": str(path)}).digests.config == made.config
        if auth == "token":
            push(f"docker-archive:{made.path}", f"{running.host}/open/app:1", login=True)
            assert read(f"{running.host}/open/app:1").digests.config == made.config
            assert "scope=repository%3Aopen%2Fapp%3Apull" in running.tokens[-1]
            assert "account" not in running.tokens[-1]


# -------------------------------------------------------------------------------------------------- simulated registries


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nobody waits; how long it would have been is noted."""
    waits: list[float] = []
    monkeypatch.setattr(wire.Wire.__init__, "__kwdefaults__", {"sleep": waits.append})
    return waits


@pytest.fixture
def simulated(quick: list[float]) -> Iterator[Simulated]:
    blobs = Blobs()
    root = blobs.put_image(STEPS)
    made = Simulated(blobs, {"team/app:1": root["digest"]})
    with made.running():
        yield made


def times(count: int, path: str, answer: Any) -> Any:
    left = [count]

    def fault(request: Any) -> bool:
        if path in request.path and left[0]:
            left[0] -= 1
            answer(request)
            return True
        return False

    return fault


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("path", ["/manifests/", "/blobs/"])
def test_a_registry_that_stumbles_is_asked_again(simulated: Simulated, status: int, path: str, quick: list[float]) -> None:
    simulated.faults.append(times(3, path, lambda r: reply(r, status)))
    read(f"{simulated.host}/team/app:1")
    assert len(quick) == 3
    assert quick[0] < quick[2] < 2


def test_retry_after_is_obeyed_up_to_a_limit(simulated: Simulated, quick: list[float]) -> None:
    simulated.faults.append(times(1, "/manifests/", lambda r: reply(r, 429, headers={"Retry-After": "7"})))
    read(f"{simulated.host}/team/app:1")
    assert quick == [7.0]
    assert retry_after({"retry-after": "Wed, 21 Oct 2026 07:28:09 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}) == 9.0
    assert retry_after({"retry-after": "soon"}) is None
    simulated.faults.append(times(1, "/manifests/", lambda r: reply(r, 429, headers={"Retry-After": "3600"})))
    with pytest.raises(RegistryUnreachable, match="wait 3600 seconds"):
        read(f"{simulated.host}/team/app:1")
    assert quick == [7.0]


def test_a_registry_that_is_down_is_unreachable(simulated: Simulated, quick: list[float]) -> None:
    simulated.faults.append(lambda r: reply(r, 503) is None)
    with pytest.raises(RegistryUnreachable):
        read(f"{simulated.host}/team/app:1")
    assert len(simulated.seen) < 10
    with pytest.raises(RegistryUnreachable, match="cannot be reached"):
        read(f"127.0.0.1:{free_port()}/team/app:1")
    with pytest.raises(RegistryUnreachable):
        read("127.0.0.1:99999/team/app:1")


@pytest.mark.parametrize("ranges", [True, False])
def test_a_blob_whose_connection_breaks_is_resumed_where_it_broke(simulated: Simulated, ranges: bool) -> None:
    simulated.ranges = ranges
    blob = json.loads(simulated.blobs[simulated.tags["team/app:1"]])["layers"][1]["digest"]
    data = simulated.blobs[blob]
    cuts = [1, 700, len(data) // 2]

    def cut(request: Any) -> bool:
        if blob not in request.path or not cuts:
            return False
        start = int((request.headers.get("Range") or "bytes=0-")[6:-1]) if ranges else 0
        headers = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if start else {}
        reply(request, 206 if start else 200, data[start:], headers, cut=cuts.pop(0))
        return True

    simulated.faults.append(cut)
    read(f"{simulated.host}/team/app:1")
    asked = [seen.headers.get("range") for seen in simulated.seen if blob in seen.path]
    assert len(asked) == 4
    assert asked[0] is None
    assert asked[1] == "bytes=1-"


def test_a_connection_that_always_breaks_is_unreachable(simulated: Simulated) -> None:
    simulated.faults.append(lambda r: "/blobs/" in r.path and reply(r, 200, bytes(5000), cut=0) is None)
    with pytest.raises(RegistryUnreachable, match="broke"):
        read(f"{simulated.host}/team/app:1")


def test_another_part_than_was_asked_is_corrupt(simulated: Simulated) -> None:
    blob = json.loads(simulated.blobs[simulated.tags["team/app:1"]])["layers"][1]["digest"]
    simulated.faults.append(times(1, blob, lambda r: reply(r, 200, simulated.blobs[blob], cut=100)))
    simulated.faults.append(times(1, blob, lambda r: reply(r, 206, b"x", {"Content-Range": "bytes 0-1/2"})))
    with pytest.raises(Corrupt, match="another part"):
        read(f"{simulated.host}/team/app:1")


def test_a_registry_that_lies_is_a_mismatch(simulated: Simulated) -> None:
    root = simulated.tags["team/app:1"]
    manifest = json.loads(simulated.blobs[root])
    layer, config = manifest["layers"][1]["digest"], manifest["config"]["digest"]
    good = dict(simulated.blobs)
    simulated.blobs[layer] = good[layer][:-1] + b"x"
    with pytest.raises(DigestMismatch, match="Layer 2"):
        read(f"{simulated.host}/team/app:1")
    simulated.blobs |= {layer: good[layer] + b"x"}
    with pytest.raises(Corrupt, match="more than the"):
        read(f"{simulated.host}/team/app:1")
    simulated.blobs |= {layer: good[layer], config: good[config][:-1] + b" "}
    with pytest.raises(DigestMismatch, match="configuration"):
        read(f"{simulated.host}/team/app:1")
    simulated.blobs |= {config: good[config], root: good[root] + b" "}
    with pytest.raises(DigestMismatch, match="manifest"):
        read(f"{simulated.host}/team/app@{root}")


@pytest.mark.parametrize(
    ("body", "media_type", "says"),
    [
        (b"<html>Sign in</html>", "text/html", "no JSON"),
        (b'{"schemaVersion":1,"fsLayers":[]}', "application/vnd.docker.distribution.manifest.v1+prettyjws", "schema 1"),
        (b"[" * 10_000, OCI_MANIFEST, "no JSON"),
        (b" " * (5 << 20), OCI_MANIFEST, "more than 4194304 bytes"),
    ],
)
def test_an_answer_that_is_no_manifest_is_said(simulated: Simulated, body: bytes, media_type: str, says: str) -> None:
    simulated.faults.append(times(9, "/manifests/", lambda r: reply(r, 200, body, {"Content-Type": media_type})))
    with pytest.raises(Corrupt, match=says):
        read(f"{simulated.host}/team/app:1")


def test_a_certificate_nobody_signed_is_refused_unless_asked(quick: list[float], tmp_path: Path) -> None:
    words = [need("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "k", "-out", tmp_path / "c", "-days", "2"]
    subprocess.run([*words, "-subj", "/CN=other"], check=True, capture_output=True)
    blobs = Blobs()
    made = Simulated(blobs, {"team/app:1": blobs.put_image(STEPS)["digest"]})
    with made.running(certificate=(tmp_path / "c", tmp_path / "k")) as host:
        with pytest.raises(RegistryUnreachable, match="certificate"):
            read(f"{host}/team/app:1")
        assert not made.seen
        read(f"{host}/team/app:1", insecure=True)


def test_types_are_asked_for_by_name(simulated: Simulated) -> None:
    read(f"{simulated.host}/team/app:1")
    accept = next(seen.headers["accept"] for seen in simulated.seen if "/manifests/" in seen.path)
    assert "application/vnd.oci.image.index.v1+json" in accept
    assert "application/vnd.docker.distribution.manifest.list.v2+json" in accept
    assert "v1+prettyjws" not in accept
    assert all(seen.headers["accept-encoding"] == "identity" for seen in simulated.seen if "/v2/team" in seen.path)


# --------------------------------------------------------------------------------------------------------- redirects, tokens


def bearer(simulated: Simulated, tokens: list[str], *, realm: str = "", status: int = 200) -> None:
    """Let the registry demand a token, which it gives itself from `tokens`, one after the other; only the last is good."""

    def fault(request: Any) -> bool:
        if request.path.startswith("/token"):
            reply(request, status, json.dumps({"access_token": tokens.pop(0) if tokens else "none"}).encode())
            return True
        if request.headers.get("Authorization") == "Bearer good":
            return False
        where = realm or f"http://{simulated.host}/token"
        reply(request, 401, headers={"WWW-Authenticate": f'Bearer realm="{where}",service="s",scope="repository:team/app:pull"'})
        return True

    simulated.faults.append(fault)


def test_a_token_that_expires_is_asked_for_again(simulated: Simulated) -> None:
    bearer(simulated, ["stale", "good"])
    read(f"{simulated.host}/team/app:1")
    assert sum(seen.path.startswith("/token") for seen in simulated.seen) == 2


def test_a_token_that_is_never_good_is_refused(simulated: Simulated) -> None:
    bearer(simulated, [])
    with pytest.raises(Refused, match="gives no access"):
        read(f"{simulated.host}/team/app:1")
    assert len(simulated.seen) < 8


def test_an_identity_token_is_exchanged(simulated: Simulated, tmp_path: Path) -> None:
    bearer(simulated, ["good"])
    (tmp_path / "config.json").write_text(json.dumps({"auths": {f"https://{simulated.host}/v2/": {"identitytoken": "refresh me"}}}))
    read(f"{simulated.host}/team/app:1", {"DOCKER_CONFIG": str(tmp_path)})
    asked = next(seen for seen in simulated.seen if seen.path.startswith("/token"))
    assert asked.method == "POST"
    assert b"refresh_token=refresh+me" in asked.body
    assert b"grant_type=refresh_token" in asked.body


def test_a_token_server_without_encryption_elsewhere_never_gets_the_password(simulated: Simulated, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"auths": {simulated.host: {"username": "me", "password": "secret"}}}))
    bearer(simulated, ["good"], realm="http://elsewhere.example/token")
    with pytest.raises(Refused, match="not https"):
        read(f"{simulated.host}/team/app:1", {"DOCKER_CONFIG": str(tmp_path)})


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b'{"token":7}', b'{"token":"a b"}', b'{"token":"a\\r\\nX: y"}'])
def test_a_token_that_is_none_is_unreachable(simulated: Simulated, body: bytes) -> None:
    simulated.faults.append(times(1, "/token", lambda r: reply(r, 200, body)))
    bearer(simulated, ["good"])
    with pytest.raises(RegistryUnreachable, match="no token"):
        read(f"{simulated.host}/team/app:1")


def test_a_redirect_elsewhere_does_not_carry_the_token(simulated: Simulated) -> None:
    bearer(simulated, ["good"])
    storage = Simulated(simulated.blobs, {})
    with storage.running() as elsewhere:
        simulated.faults.append(lambda r: "/blobs/" in r.path and reply(r, 307, headers={"Location": f"http://{elsewhere}{r.path}?signed=1"}) is None)
        read(f"{simulated.host}/team/app:1")
    assert storage.seen
    assert not any("authorization" in seen.headers for seen in storage.seen)
    assert all("authorization" in seen.headers for seen in simulated.seen if "/blobs/" in seen.path)


def test_a_redirect_within_the_registry_keeps_the_token(simulated: Simulated) -> None:
    bearer(simulated, ["good"])
    simulated.faults.append(times(3, "/blobs/", lambda r: reply(r, 302, headers={"Location": f"{r.path}?again"})))
    read(f"{simulated.host}/team/app:1")


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("/v2/loop/blobs/{}", "more than 5 times"),
        ("http://elsewhere.example/x", "not https"),
        ("file:///etc/passwd", "not https"),
        ("http://[", "no address"),
    ],
)
def test_a_redirect_that_leads_nowhere_good_is_unreachable(simulated: Simulated, location: str, says: str) -> None:
    simulated.faults.append(lambda r: "/blobs/" in r.path and reply(r, 302, headers={"Location": location.format(digest(b""))}) is None)
    with pytest.raises(RegistryUnreachable, match=says):
        read(f"{simulated.host}/team/app:1")


def test_layers_come_at_once_to_several_threads(simulated: Simulated) -> None:
    bearer(simulated, ["good"])
    found: dict[int, int] = {}
    with open_image(f"{simulated.host}/team/app:1", environ={}) as source:
        threads = [threading.Thread(target=lambda n=n: found.update({n: sum(map(len, source.blocks(n % 2)))})) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == {n: len([s for s in STEPS if isinstance(s, Layer)][n % 2].tar) for n in range(6)}
    assert sum(seen.path.startswith("/token") for seen in simulated.seen) == 1


def test_progress_is_told_of_bytes_and_their_total(simulated: Simulated) -> None:
    told: list[tuple[str, int, int]] = []
    read(f"{simulated.host}/team/app:1", progress=lambda *args: told.append(args))
    for layer in json.loads(simulated.blobs[simulated.tags["team/app:1"]])["layers"]:
        assert [args for args in told if args[0] == layer["digest"]][-1] == (layer["digest"], layer["size"], layer["size"])


def test_a_foreign_layer_that_is_not_there_says_so(simulated: Simulated) -> None:
    manifest = json.loads(simulated.blobs[simulated.tags["team/app:1"]])
    manifest["layers"][1] |= {"mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "urls": ["https://x.example/l"]}
    blobs = Blobs(simulated.blobs)
    simulated.tags["team/app:2"] = blobs.put_json(manifest, OCI_MANIFEST)["digest"]
    simulated.blobs = {name: data for name, data in blobs.items() if name != manifest["layers"][1]["digest"]}
    with open_image(f"{simulated.host}/team/app:2", environ={}) as source:
        assert [gap.id for gap in source.image.gaps] == ["layer-foreign"]
        with pytest.raises(Refused, match="foreign layer"):
            list(source.blocks(1))


def test_an_artefact_is_no_image(simulated: Simulated) -> None:
    blobs = Blobs()
    empty = blobs.put(b"{}", "application/vnd.oci.empty.v1+json")
    root = blobs.put_image(STEPS, manifest={"config": empty, "artifactType": "application/x-example"})
    simulated.blobs |= blobs
    simulated.tags["team/artefact:1"] = root["digest"]
    with pytest.raises(MalformedImage, match="artefact: application/x-example"):
        read(f"{simulated.host}/team/artefact:1")
