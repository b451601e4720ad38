"""A hash that is fast to compute is fast to guess against: passwords need a slow one (CWE-916, CWE-328; NIST SP 800-63B 3.1.1.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from pratique.catalog.code import WANTS, Objection, Text, objections
from pratique.catalog.observer import Member
from pratique.checks.check import FileCheck, Hit, Sample
from pratique.formats.code.values import Call, Code
from pratique.model import Confidence, Kind, Severity

_BROKEN = frozenset({"md4", "md5", "sha1", "sha-1", "sha"})
_FAST = frozenset({"sha224", "sha256", "sha384", "sha512", "sha-256", "sha-512", "sha3_256", "ripemd160"})
_NAMED = frozenset({"hashlib.new", "crypto.createHash", "createHash", "MessageDigest.getInstance", "hash"})
"""What is given the name of the hash."""
_PACKAGES = frozenset({"hashlib", "md5", "sha1", "sha256", "sha512", "DigestUtils"})
_PASSWORD = re.compile(r"pass(?:word|wd|phrase|wort)|\bpwd|\bpw\b|_pwd|motdepasse", re.IGNORECASE)
_WORDS = dict.fromkeys(
    ("python", "javascript", "go", "java", "php"), (b"md5", b"MD5", b"Md5", b"sha1", b"SHA", b"sha256", b"sha512", b"sha-1", b"md4")
)


def run(member: Member, file: BinaryIO) -> Iterator[Hit]:
    """Yield each fast hash that stands where passwords are spoken of."""
    for one in objections(member.path, file.read(), _WORDS, _judge):
        yield Hit(member.path, one.message, one.line, confidence=one.confidence)


def _judge(code: Code, text: Text) -> Iterator[Objection]:
    for call in code.calls:
        algorithm = _algorithm(code.language, call)
        off = call.named.get("usedforsecurity")
        if not algorithm or (off is not None and off.name == "False") or not _PASSWORD.search(text(call.line)):
            continue
        near = _PASSWORD.search(" ".join((call.receiver.name, *(value.name for value in call.arguments))))
        if algorithm in _BROKEN:
            yield Objection(call.line, f"a password seems to be hashed with {algorithm.upper()}", Confidence.HIGH if near else Confidence.MEDIUM)
        elif near:
            yield Objection(call.line, f"a password seems to be hashed with {algorithm.upper()}, which is fast to guess against", Confidence.LOW)


def _algorithm(language: str, call: Call) -> str:
    """Return the hash that a call computes, or nothing."""
    if call.name in _NAMED:
        word = call.arguments[0].text.lower() if call.arguments else ""
    elif call.name.partition(".")[0] in _PACKAGES and "." in call.name:
        package, _, last = call.name.partition(".")
        word = package if language == "go" else last.lower().removesuffix("hex")
    else:
        word = call.name if language == "php" and call.name in {"md5", "sha1"} else ""
    return word if word in _BROKEN or word in _FAST else ""


CHECK = FileCheck(
    id="weak-password-hash",
    revision="1",
    kind=Kind.CODE,
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    asks="Does the application hash passwords with a hash that is fast to guess against?",
    remedy="Use a password hash: argon2id, scrypt, bcrypt, or PBKDF2 with many rounds.",
    wants=WANTS,
    run=run,
    catches=(
        Sample("app/user.py", b"import hashlib\ndef check(password):\n    return hashlib.md5(password.encode()).hexdigest()\n"),
        Sample("app/user.js", b"const h = crypto.createHash('sha1').update(password).digest('hex')\n"),
        Sample("app/user.go", b"func check(password string) [16]byte {\n\treturn md5.Sum([]byte(password))\n}\n"),
        Sample("app/User.java", b'class User { byte[] f(String password) { return MessageDigest.getInstance("MD5").digest(password.getBytes()); } }'),
        Sample("app/user.php", b"<?php $hash = md5($password);"),
    ),
    passes=(
        Sample(
            "app/user.py", b"import hashlib\ndef check(password, salt):\n    return hashlib.scrypt(password, salt=salt, n=2**14, r=8, p=1), 'md5'\n"
        ),
        Sample("app/cache.py", b"import hashlib\ndef key(url):\n    return hashlib.md5(url.encode()).hexdigest()\n"),
        Sample("app/user.js", b"const h = await bcrypt.hash(password, 12) // not md5\n"),
        Sample("app/etag.go", b"func tag(b []byte) [16]byte {\n\treturn md5.Sum(b)\n}\n"),
        Sample("app/User.java", b'class Sum { byte[] f(byte[] b) { return MessageDigest.getInstance("MD5").digest(b); } }'),
        Sample("app/user.php", b"<?php $hash = password_hash($p, PASSWORD_ARGON2ID);\n\n\n\n$etag = sha1($body);\n"),
    ),
    aliases=("CWE-916", "CWE-328", "CWE-327", "B303", "B324"),
)
