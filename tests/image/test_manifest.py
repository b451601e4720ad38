import hashlib
import json
from typing import Any

import pytest
from image_maker import OCI_INDEX, OCI_MANIFEST, Blobs, Layer, Nothing, digest, file, make_config

from pratique.errors import DigestMismatch, InvalidInput, MalformedImage
from pratique.image.documents import Descriptor
from pratique.image.manifest import chain_ids, image
from pratique.image.resolve import Resolved, resolve
from pratique.model import Digests, Image

STEPS = [
    Layer(file("a", "1"), instruction="ADD a / # buildkit"),
    Nothing("ENV A=1"),
    Layer(file("b", "2"), instruction="RUN /bin/sh -c make # buildkit"),
]


def resolved(blobs: Blobs, root: dict[str, Any], *, asked: str | None = None, machine: str = "x86_64") -> Resolved:
    descriptor = Descriptor(digest=root["digest"], size=root["size"], media_type=root["mediaType"])
    return resolve(descriptor, lambda blob, limit: blobs[blob.digest], asked=asked, machine=machine)


def opened(blobs: Blobs, root: dict[str, Any], **more: Any) -> Image:
    found = resolved(blobs, root, **more)
    return image(found.config, found.manifest.layers, found.digests, reference="x", source="test", asked=more.get("asked"), gaps=found.gaps)


def of_config(config: bytes, layers: int = 2) -> Image:
    return image(config, [Descriptor()] * layers, Digests(config="sha256:x"), reference="x", source="test")


def test_the_whole_chain_of_digests_is_kept() -> None:
    blobs = Blobs()
    one = blobs.put_image(STEPS)
    index = blobs.put_index([one, blobs.put_attestation(one["digest"])])
    found = opened(blobs, index)
    manifest = json.loads(blobs[one["digest"]])
    assert found.digests == Digests(config=manifest["config"]["digest"], manifest=one["digest"], index=index["digest"])
    assert [layer.digest for layer in found.layers] == [layer["digest"] for layer in manifest["layers"]]
    assert [layer.diff_id for layer in found.layers] == [step.diff_id for step in STEPS if isinstance(step, Layer)]
    assert found.gaps == ()


def test_a_chain_id_names_a_layer_with_all_below_it() -> None:
    a, b, c = (digest(name) for name in (b"a", b"b", b"c"))
    two = "sha256:" + hashlib.sha256(f"{a} {b}".encode()).hexdigest()
    three = "sha256:" + hashlib.sha256(f"{two} {c}".encode()).hexdigest()
    assert chain_ids([a, b, c]) == [a, two, three]


def test_an_instruction_is_paired_with_its_layer_and_empty_ones_are_skipped() -> None:
    found = of_config(make_config(STEPS))
    assert [layer.instruction for layer in found.layers] == ["ADD a /", "RUN make"]
    assert [entry.empty for entry in found.config.history] == [False, True, False]


@pytest.mark.parametrize(
    ("history", "gap"), [(None, "history-absent"), ([{"created_by": "ADD x"}], "history-unpaired"), ([{"created_by": "x"}] * 3, "history-unpaired")]
)
def test_without_a_history_that_fits_no_layer_has_an_instruction(history: Any, gap: str) -> None:
    found = of_config(make_config(STEPS, history=history))
    assert [layer.instruction for layer in found.layers] == [None, None]
    assert [(one.id, one.blind) for one in found.gaps] == [(gap, False)]


def test_secrets_never_leave_the_configuration() -> None:
    steps = [Layer(instruction="RUN /bin/sh -c PASSWORD=hunter2 make"), Nothing("ENV TOKEN=hunter2")]
    inner = {"Env": ["TOKEN=hunter2"], "Labels": {"api-key": "hunter2"}, "Cmd": ["--password", "hunter2"], "Entrypoint": "run --token hunter2"}
    inner |= {"Healthcheck": {"Test": ["CMD", "curl", "https://me:hunter2@x"]}, "OnBuild": ["ENV SECRET=hunter2"]}
    found = of_config(make_config(steps, config=inner, author="me:hunter2 https://me:hunter2@x.example"), 1)
    assert "hunter2" not in repr(found).replace("me:hunter2 https", "")
    assert found.config.cmd == ("--password", "***")


def test_null_and_missing_fields_are_as_docker_writes_them() -> None:
    inner = {"Env": None, "Cmd": None, "Labels": None, "ExposedPorts": {"80/tcp": {}}, "Volumes": None, "Healthcheck": None, "User": ""}
    found = of_config(make_config(STEPS, config=inner))
    assert (found.config.env, found.config.cmd, found.config.exposed_ports) == ((), None, ("80/tcp",))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"diff_ids": [digest(b"a")]}, "lists 1 layers, its manifest 2"),
        ({"diff_ids": [digest(b"a")] * 3}, "lists 3 layers, its manifest 2"),
        ({"diff_ids": [digest(b"a"), "sha256:../../etc/passwd"]}, "no sha256 or sha512 digest"),
        ({"diff_ids": [digest(b"a"), "md5:" + "a" * 32]}, "no sha256 or sha512 digest"),
        ({"rootfs": {"type": "disk", "diff_ids": []}}, "'disk'"),
        ({"platform": "unknown/unknown"}, "attestation"),
        ({"Rootfs": {}}, "'Rootfs'"),
        ({"history": 7}, "cannot be read"),
    ],
)
def test_a_configuration_that_lies_is_malformed(change: dict[str, Any], says: str) -> None:
    value = json.loads(make_config(STEPS, **{k: v for k, v in change.items() if k in {"diff_ids", "platform"}}))
    value |= {k: v for k, v in change.items() if k not in {"diff_ids", "platform"}}
    with pytest.raises(MalformedImage) as error:
        of_config(json.dumps(value).encode())
    assert says in error.value.message


@pytest.mark.parametrize("platform", ["windows/amd64", "wasip1/wasm", "linux/wasm32"])
def test_other_worlds_are_named(platform: str) -> None:
    with pytest.raises(InvalidInput, match="Windows" if "windows" in platform else "WebAssembly"):
        of_config(make_config(STEPS, platform=platform))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"rootfs":' + b"[" * 10_000,
        b'{"x":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001,
        b'{"architecture":"\xff\xfe"}',
        b'{"rootfs":{}',
    ],
    ids=range(8),
)
def test_a_configuration_that_is_no_json_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedImage):
        of_config(data, 0)


# ------------------------------------------------------------------------------------------------------------ platforms


def many(*platforms: str) -> tuple[Blobs, dict[str, Any], dict[str, str]]:
    blobs = Blobs()
    made = {platform: blobs.put_image([Layer(file("a", platform))], platform=platform) for platform in platforms}
    attested = [blobs.put_attestation(one["digest"]) for one in made.values()]
    return blobs, blobs.put_index([*attested, *made.values()]), {platform: one["digest"] for platform, one in made.items()}


@pytest.mark.parametrize(
    ("asked", "machine", "chosen"),
    [
        (None, "x86_64", "linux/amd64"),
        (None, "aarch64", "linux/arm64/v8"),
        (None, "armv7l", "linux/arm/v7"),
        ("linux/arm64", "x86_64", "linux/arm64/v8"),
        ("arm64", "x86_64", "linux/arm64/v8"),
        ("linux/arm/v6", "x86_64", "linux/arm/v6"),
        ("linux/arm", "x86_64", "linux/arm/v7"),
        ("linux/aarch64", "x86_64", "linux/arm64/v8"),
    ],
)
def test_the_platform_is_chosen_and_attestations_are_set_aside(asked: str | None, machine: str, chosen: str) -> None:
    blobs, index, made = many("linux/arm/v6", "linux/arm/v7", "linux/arm64/v8", "linux/amd64", "windows/amd64")
    found = opened(blobs, index, asked=asked, machine=machine)
    assert found.digests.manifest == made[chosen]
    assert found.gaps == ()


def test_a_platform_that_is_not_there_is_refused_with_those_that_are() -> None:
    blobs, index, _ = many("linux/arm64", "linux/s390x")
    with pytest.raises(InvalidInput) as error:
        opened(blobs, index, asked="linux/amd64")
    assert error.value.remedy == "It is there for: linux/arm64, linux/s390x."
    blobs = Blobs()
    with pytest.raises(InvalidInput, match="for linux/arm64, not for linux/amd64"):
        opened(blobs, blobs.put_image(STEPS, platform="linux/arm64"), asked="linux/amd64")
    for bad in ("", "linux/../x", "a/b/c/d"):
        with pytest.raises(InvalidInput, match="no platform"):
            opened(*many("linux/arm64")[:2], asked=bad)


def test_without_this_machines_platform_another_is_taken_and_said() -> None:
    blobs, index, made = many("windows/amd64", "linux/s390x", "linux/arm64")
    found = opened(blobs, index)
    assert found.digests.manifest == made["linux/s390x"]
    assert [(gap.id, gap.blind) for gap in found.gaps] == [("platform-assumed", False)]
    blobs, index, made = many("linux/s390x")
    assert opened(blobs, index).gaps == ()


def test_an_index_within_an_index_is_followed_a_few_times_only() -> None:
    blobs = Blobs()
    root = blobs.put_index([blobs.put_image(STEPS)])
    outer = blobs.put_index([root])
    assert opened(blobs, outer).digests.index == outer["digest"]
    for _ in range(5):
        outer = blobs.put_index([outer])
    with pytest.raises(MalformedImage, match="deep"):
        opened(blobs, outer)


def test_an_index_of_attestations_alone_holds_no_image() -> None:
    blobs = Blobs()
    with pytest.raises(MalformedImage, match="holds no image"):
        opened(blobs, blobs.put_index([blobs.put_attestation(digest(b""))]))


# ---------------------------------------------------------------------------------------------------- evil and no images


def put(blobs: Blobs, value: dict[str, Any], media_type: str = OCI_MANIFEST) -> dict[str, Any]:
    return blobs.put_json(value, media_type)


def documents() -> dict[str, tuple[dict[str, Any], str, str]]:
    blobs = Blobs()
    good = json.loads(blobs[blobs.put_image(STEPS)["digest"]])
    helm = {**good["config"], "mediaType": "application/vnd.cncf.helm.config.v1+json"}
    empty = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest(b"{}"), "size": 2}
    statement = {"mediaType": "application/vnd.in-toto+json", "digest": digest(b""), "size": 0}
    return {
        "schema 1": ({"schemaVersion": 1, "name": "x", "fsLayers": [], "history": []}, "", "schema 1"),
        "helm chart": ({**good, "config": helm}, OCI_MANIFEST, "artefact: application/vnd.cncf.helm.config.v1+json"),
        "sbom": ({**good, "config": empty, "artifactType": "application/spdx+json"}, OCI_MANIFEST, "artefact: application/spdx+json"),
        "statement": ({**good, "layers": [statement]}, OCI_MANIFEST, "artefact: application/vnd.in-toto+json"),
        "both": ({**good, "manifests": []}, OCI_MANIFEST, "an index and a manifest at once"),
        "neither": ({"schemaVersion": 2}, OCI_MANIFEST, "neither"),
        "called index": (good, OCI_INDEX, "calls itself"),
        "calls itself index": ({**good, "mediaType": OCI_INDEX}, OCI_MANIFEST, "calls itself"),
        "odd": ({**good, "mediaType": "text/plain"}, OCI_MANIFEST, "'text/plain'"),
        "other letters": ({**good, "Layers": []}, OCI_MANIFEST, "'Layers'"),
        "climbing": ({**good, "layers": [{**good["layers"][0], "digest": "sha256:../../../etc/passwd"}]}, OCI_MANIFEST, "names a blob by"),
        "negative": ({**good, "layers": [{**good["layers"][0], "size": -1}]}, OCI_MANIFEST, "-1 bytes"),
        "many": ({**good, "layers": good["layers"][:1] * 5000}, OCI_MANIFEST, "5000 layers"),
        "text": ({**good, "layers": "none"}, OCI_MANIFEST, "cannot be read"),
    }


@pytest.mark.parametrize("name", documents())
def test_what_is_no_image_says_what_it_is(name: str) -> None:
    value, media_type, says = documents()[name]
    blobs = Blobs()
    with pytest.raises(MalformedImage) as error:
        opened(blobs, {**put(blobs, value), "mediaType": media_type})
    assert says in error.value.message


def test_a_manifest_or_configuration_of_another_digest_is_a_mismatch() -> None:
    blobs = Blobs()
    root = blobs.put_image(STEPS)
    manifest = json.loads(blobs[root["digest"]])
    blobs[manifest["config"]["digest"]] += b" "
    with pytest.raises(DigestMismatch, match="configuration"):
        opened(blobs, root)
    blobs[root["digest"]] += b" "
    with pytest.raises(DigestMismatch, match="manifest"):
        opened(blobs, root)
