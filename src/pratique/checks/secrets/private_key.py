"""A private key in an image is a private key of everyone who can pull it, also where a later layer deletes the file."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import BinaryIO

from pratique.catalog.observer import MIB, Member, Wanted
from pratique.checks.check import FileCheck, Hit, Sample
from pratique.model import Confidence, Kind, Severity

LIMIT = 4 * MIB
"""Bytes of a file that is read for keys; a bundle of every public authority has 0.3 MiB."""
_BLOCK = re.compile(
    rb"-----BEGIN ((?:RSA |DSA |EC |OPENSSH |ENCRYPTED |ANY |PGP )?PRIVATE KEY(?: BLOCK)?)-----(.{16,65536}?)-----END \1-----", re.DOTALL
)
_PUTTY = re.compile(rb"\APuTTY-User-Key-File-[23]: ([^\r\n]+)\r?\nEncryption: ([^\r\n]+)")
_HEADER = re.compile(rb"^(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset):[^\n]*$", re.MULTILINE)
_OPENSSH = b"openssh-key-v1\0"
SHORTEST = 32
"""Bytes of the shortest key there is (Ed25519 in PKCS #8 has 48): what is shorter is an example."""


def run(member: Member, file: BinaryIO) -> Iterator[Hit]:
    """Yield each private key of a file: PEM (RFC 7468, PKCS #1, #8, SEC 1), OpenSSH (PROTOCOL.key), OpenPGP armour, PuTTY."""
    data = file.read()
    for block in _BLOCK.finditer(data):
        label = block[1].decode("ascii")
        body = _HEADER.sub(b"", block[2])
        armour = label.startswith("PGP")
        text = b"".join(body.split())
        if armour:
            text = re.sub(rb"=[A-Za-z0-9+/]{4}$", b"", text)  # the checksum of RFC 4880 6.1
        try:
            key = base64.b64decode(text, validate=True)
        except binascii.Error:
            continue
        if len(key) < SHORTEST or len(set(key)) < 8:
            continue
        line = data.count(b"\n", 0, block.start()) + 1
        yield Hit(member.path, f"{_kind(label)} private key, {_protection(label, block[2], key)}", line, _hash(key))
    if putty := _PUTTY.match(data):
        kind, encryption = putty[1].decode("ascii", "replace"), putty[2].strip()
        state = "not encrypted" if encryption == b"none" else "encrypted with a passphrase"
        yield Hit(member.path, f"PuTTY private key ({kind[:40]}), {state}", 1, _hash(data))


def _kind(label: str) -> str:
    return {"PRIVATE KEY": "PKCS #8", "ENCRYPTED PRIVATE KEY": "PKCS #8"}.get(label, label.split()[0])


def _protection(label: str, body: bytes, key: bytes) -> str:
    if label.startswith("PGP"):
        return "whether it is encrypted could not be told"
    if label.startswith("ENCRYPTED") or b"Proc-Type: 4,ENCRYPTED" in body:
        return "encrypted with a passphrase"
    if key.startswith(_OPENSSH):
        size = int.from_bytes(key[15:19], "big")
        return "not encrypted" if key[19 : 19 + size] == b"none" else "encrypted with a passphrase"
    return "not encrypted"


def _hash(key: bytes) -> str:
    return blake2b(key, key=b"pratique/private-key", digest_size=16).hexdigest()


_KEY = base64.encodebytes(bytes(range(7, 127)) * 3).decode()

CHECK = FileCheck(
    id="private-key",
    revision="1",
    kind=Kind.SECRET,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Does the image hold a private key, even in a layer below?",
    remedy="Revoke the key; give it to the container at run time or to the build as a secret mount; a deletion in a later layer removes nothing.",
    wants=(
        Wanted(magic=b"-----BEGIN ", limit=LIMIT, blind=False),
        Wanted(magic=b"PuTTY-User-Key-F", limit=LIMIT, blind=False),
        *(Wanted(pattern=pattern, limit=LIMIT, blind=False) for pattern in ("*.pem", "*.key", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519")),
    ),
    run=run,
    catches=(
        Sample("root/.ssh/id_rsa", f"-----BEGIN RSA PRIVATE KEY-----\n{_KEY}-----END RSA PRIVATE KEY-----\n".encode(), 0o600),
        Sample("srv/tls.pem", f"# chain\n-----BEGIN PRIVATE KEY-----\n{_KEY}-----END PRIVATE KEY-----\n".encode()),
        Sample("srv/old", f"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: A,B\n\n{_KEY}-----END EC PRIVATE KEY-----\n".encode()),
        Sample("home/me/key.ppk", b"PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\nComment: me\r\n"),
    ),
    passes=(
        Sample("etc/ssl/cert.pem", f"-----BEGIN CERTIFICATE-----\n{_KEY}-----END CERTIFICATE-----\n".encode()),
        Sample("root/.ssh/id_rsa.pub", b"ssh-rsa AAAAB3NzaC1yc2E me@example\n"),
        Sample("usr/share/doc/howto.pem", b"-----BEGIN PRIVATE KEY-----\n...your key here...\n-----END PRIVATE KEY-----\n"),
        Sample("srv/public.pem", f"-----BEGIN PUBLIC KEY-----\n{_KEY}-----END PUBLIC KEY-----\n".encode()),
    ),
    aliases=("CIS-DI-0010",),
)
