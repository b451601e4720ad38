"""Secrets: every rule by its example, real generators, documented forms, both finders alike, nothing of a secret anywhere."""

from __future__ import annotations

import base64
import subprocess
import zlib
from pathlib import Path

import pytest
from conftest import need
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.catalog.observer import Member
from pratique.checks.search import SEGMENT
from pratique.checks.secret import SecretRule
from pratique.checks.sweep import BUFFER, SecretSweep
from pratique.inspection import secrets
from pratique.inspection.registry import secret_rules
from pratique.model import Gap, Mark

RULES = [rule for family in secret_rules() for rule in family.rules]
SEARCH = secrets.search()
LITERALS = SEARCH.literals()


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory):
    pytest.importorskip("hyperscan")
    return secrets.HyperscanFinder(secrets._database(SEARCH, tmp_path_factory.mktemp("data")))


def marks(files: dict[str, bytes], finder=LITERALS, block: int = 1 << 16) -> list[Mark]:
    return [fact for fact in facts(files, finder, block) if isinstance(fact, Mark)]


def facts(files: dict[str, bytes], finder=LITERALS, block: int = 1 << 16):
    sweep = SecretSweep(SEARCH, finder)
    for path, data in files.items():
        sweep.begin(Member(path, "f", size=len(data)))
        for at in range(0, len(data), block):
            sweep.feed(memoryview(data)[at : at + block])
        sweep.end()
    return list(sweep.close())


def counted(path: str, text: str | bytes, finder=LITERALS) -> set[str]:
    data = text.encode() if isinstance(text, str) else text
    return {mark.rule for mark in marks({path: data}, finder) if not mark.allowed}


def test_there_are_four_hundred_rules_and_no_two_have_one_name() -> None:
    assert len(RULES) >= 400
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_catches_its_example_and_not_what_repeats_one_letter(rule: SecretRule) -> None:
    path, data = rule.catches
    assert rule.id in counted(path, data)
    if rule.chars and rule.structure not in ("private_key", "putty", "crypt", "jwt") and rule.least > 8 and not rule.example:
        flat = data[: data.index(b"x = ") + 4] if b"x = " in data else b""
        assert rule.id not in counted(path, flat)


def test_both_finders_catch_every_example(fast) -> None:
    files = {f"{index}/{rule.catches[0]}": rule.catches[1] for index, rule in enumerate(RULES)}
    assert marks(files, fast) == marks(files)


ENDS = sorted({rule.catches[1] for rule in RULES if not rule.paths})


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(ENDS), st.binary(max_size=60), st.integers(1, 3000).map(lambda n: b" " * n)), max_size=12),
    st.integers(1, 5000),
)
def test_both_finders_find_the_same_wherever_it_lies(fast, parts: list[bytes], block: int) -> None:
    files = {"a": b"".join(parts), "b": b"".join(reversed(parts))}
    assert marks(files, fast, block) == marks(files, block=1 << 20)


@pytest.mark.parametrize("offset", [0, SEGMENT - 20, SEGMENT - 1, SEGMENT, BUFFER - 30, BUFFER, 2 * BUFFER - 17])
def test_a_secret_is_found_wherever_it_lies(offset: int) -> None:
    _, data = next(rule for rule in RULES if rule.id == "gitlab-personal-token").catches
    (mark,) = marks({"x": b"\n" * offset + data + b"-- \n" * 9000}, block=70_001)
    assert (mark.rule, mark.line) == ("gitlab-personal-token", offset + 1)


@pytest.mark.parametrize("kind", ["rsa", "ed25519", "ecdsa"])
def test_a_key_of_ssh_keygen_is_found_and_its_passphrase_said(tmp_path: Path, kind: str) -> None:
    for word, said in (("", "not encrypted"), ("correct horse", "encrypted with a passphrase")):
        key = tmp_path / f"{kind}{len(word)}"
        subprocess.run([need("ssh-keygen", package="openssh-client"), "-q", "-t", kind, "-N", word, "-f", key], check=True)
        (mark,) = marks({"home/me/any name": b"# notes\n" + key.read_bytes()})
        assert (mark.rule, mark.line, mark.allowed) == ("private-key", 2, "")
        assert mark.message.endswith(said)


@pytest.mark.parametrize(
    "options", [("genpkey", "-algorithm", "RSA"), ("genpkey", "-algorithm", "ED25519"), ("ecparam", "-genkey", "-name", "prime256v1", "-noout")]
)
def test_a_key_of_openssl_is_found_in_every_form(options: tuple[str, ...]) -> None:
    key = subprocess.run([need("openssl"), *options], capture_output=True, check=True).stdout
    for form in (key, b'"key": "' + key.replace(b"\n", b"\\n") + b'"', b"data: " + base64.b64encode(key)):
        assert "private-key" in counted("srv/any", form)
    assert "private-key" in counted("srv/any", key.decode().encode("utf-16"))


def crc(prefix: str, body: str) -> str:
    number, out = zlib.crc32(body.encode()), ""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    while number:
        number, rest = divmod(number, 62)
        out = digits[rest] + out
    return prefix + body + out.rjust(6, "0")


BODY = "q7Zt2LmXw9RbVk4NcYh8PdGs5JfA3e"


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        ("github-personal-token", "srv/x", crc("ghp_", BODY)),
        ("npm-token", "root/.npmrc", crc("npm_", BODY)),
        ("aws-access-key-id", "srv/x", "AKIA" + "Q3EGRZ5KTF2VMW7D"),
        ("slack-bot-token", "srv/x", "xoxb-" + "263594206564-2343594206574-FGqddMF8t08v8N7Oq4i57vs1"),
        ("stripe-secret-key", "srv/x", "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dcQm8Zk2Vb"),
        ("sendgrid-api-key", "srv/x", "SG." + "ngeVfQFYQlKU0ufo8x5d1A" + "." + "TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5cr"),
        ("gcp-api-key", "srv/x", "AIza" + "SyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe"),
        ("docker-config-auth", "root/.docker/config.json", '{"auths":{"r.io":{"auth":"' + base64.b64encode(b"me:R7-kk.Zw4p9x").decode() + '"}}}'),
        ("netrc-password", "root/.netrc", "machine a.b login me password R7-kk.Zw4p9"),
        (
            "shadow-hash",
            "etc/shadow",
            "root:" + subprocess.run(["openssl", "passwd", "-6", "R7-kk"], capture_output=True, text=True).stdout.strip() + ":1:0:::::",
        ),
        ("postgres-url-password", "srv/x.py", "postgresql://app:R7-kk.Zw4p9@db.internal:5432/app"),
        ("kubeconfig-token", "root/.kube/config", "users:\n- user:\n    token: " + BODY),
    ],
    ids=lambda value: value if len(value) < 40 else "",
)
def test_a_documented_form_is_found_by_both_finders(fast, rule: str, path: str, text: str) -> None:
    assert rule in counted(path, text)
    assert rule in counted(path, text, fast)
    if "base64" not in rule and rule.startswith(("github", "stripe", "slack")):
        assert rule in counted(path, base64.b64encode(f"x: {text}".encode()))
        assert rule in counted(path, text.encode("utf-16-le"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("aws_access_key_id = AKIA" + "IOSFODNN7EXAMPLE", "example"),
        (crc("ghp_", BODY)[:-1] + "!".replace("!", "A"), "checksum"),
        (crc("ghp_", BODY) + "  # pratique:allow", "comment"),
        (crc("ghp_", BODY) + "  # gitleaks:allow", "comment"),
        ("glpat-" + "x" * 20, "repeats"),
    ],
)
def test_what_is_excused_is_shown_with_its_reason(text: str, reason: str) -> None:
    (mark,) = marks({"srv/x": text.encode()})
    assert reason in mark.allowed


def test_a_loose_git_object_is_opened_and_a_pack_is_said() -> None:
    stored = zlib.compress(b"blob 60\0token = " + crc("ghp_", BODY).encode())
    assert counted("srv/.git/objects/ab/" + "c" * 38, stored) == {"github-personal-token"}
    (gap,) = facts({"srv/.git/objects/pack/pack-1.pack": b"PACK"})
    assert isinstance(gap, Gap)
    assert gap.id == "git-pack-unread"


def test_a_kept_database_that_was_changed_or_is_anyones_is_not_loaded(tmp_path: Path) -> None:
    pytest.importorskip("hyperscan")
    secrets._database(SEARCH, tmp_path)
    (kept,) = tmp_path.glob("secrets-*.hs")
    assert secrets._kept(kept)
    kept.chmod(0o666)
    assert secrets._kept(kept) is None
    kept.chmod(0o600)
    kept.write_bytes(kept.read_bytes()[:-1] + b"!")
    assert secrets._kept(kept) is None


def test_a_secret_of_the_configuration_is_found_and_said_nowhere(tmp_path: Path) -> None:
    import io
    import json
    import tarfile
    from hashlib import sha256

    planted = {
        "env": crc("ghp_", BODY),
        "label": "glpat-" + "Zk3vQ9tR2mX7wLp4sYc8",
        "history": "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
        "file": "xoxb-" + "263594206564-2343594206574-FGqddMF8t08v8N7Oq4i57vs1",
    }
    word = "R7-kk.Zw4p9x"

    def tar(files: dict[str, bytes]) -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            for name, data in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        return out.getvalue()

    layer = tar({"srv/app/settings.py": f"TOKEN = '{planted['file']}'\n".encode(), "etc/os-release": b"ID=alpine\nVERSION_ID=3.20.0\n"})
    config = {
        "os": "linux",
        "architecture": "amd64",
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(layer).hexdigest()}"]},
        "config": {"Env": [f"GH={planted['env']}", f"SERVICE_PASSWORD={word}"], "Labels": {"note": planted["label"]}},
        "history": [{"created_by": f"RUN deploy {planted['history']}"}],
    }
    raw = json.dumps(config).encode()
    name = f"{sha256(raw).hexdigest()}.json"
    manifest = json.dumps([{"Config": name, "RepoTags": ["a:b"], "Layers": ["layer.tar"]}]).encode()
    image = tmp_path / "image.tar"
    image.write_bytes(tar({name: raw, "layer.tar": layer, "manifest.json": manifest}))
    import sys

    outputs = [option for kind in ("json", "sarif", "table", "markdown", "junit") for option in ("-o", f"{kind}={tmp_path / kind}")]
    command = [Path(sys.executable).with_name("pratique"), "scan", image, "--offline", "--data", tmp_path / "data", "--persona", "auditor", *outputs]
    run = subprocess.run(command, capture_output=True, check=False)
    report = json.loads((tmp_path / "json").read_bytes())
    found = {(one["rule"], one["subject"]) for one in report["findings"] if one["kind"] == "secret"}
    assert {
        ("github-personal-token", "config:env/GH"),
        ("secret-in-environment", "config:env/SERVICE_PASSWORD"),
        ("gitlab-personal-token", "config:label/note"),
        ("stripe-secret-key", "config:history/0"),
        ("slack-bot-token", "srv/app/settings.py"),
    } <= found
    written = {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path != image}
    written |= {"stdout": run.stdout, "stderr": run.stderr}
    for secret in (*planted.values(), word):
        for form in (secret.encode(), base64.b64encode(secret.encode())[:-4]):
            assert [place for place, data in written.items() if form in data] == []
