"""A private key in an image is a private key of everyone who can pull it, also where a later layer deletes the file."""

from __future__ import annotations

import base64

from pratique.checks.secret import SecretRule, SecretRules
from pratique.model import Confidence, Severity

_BODY = base64.b64encode(bytes(range(7, 127)) * 3).decode()
_PEM = "-----BEGIN {0}-----\\n{1}\\n-----END {0}-----"


def _pem(label: str) -> str:
    return _PEM.format(label, _BODY).replace("\\n", "\n")


RULES = SecretRules(
    "private-key",
    "Private keys",
    (
        SecretRule(
            "private-key",
            "PEM, OpenSSH, OpenPGP",
            r"-----BEGIN (?:(?:RSA|DSA|EC|OPENSSH|ENCRYPTED|ANY|PGP) )?PRIVATE KEY(?: BLOCK)?-----",
            r"[A-Za-z0-9+/=\r\n \t:,.()_\\<>@\[\];-]",
            16,
            12000,
            ("private key",),
            structure="private_key",
            reach=12 << 10,
            text=True,
            literal="-----BEGIN ",
            trigger=r"-----BEGIN (?:(?:RSA|DSA|EC|OPENSSH|ENCRYPTED|ANY|PGP) )?PRIVATE KEY(?: BLOCK)?-----",
            aliases=("CIS-DI-0010",),
            example=_pem("RSA PRIVATE KEY"),
            path="root/.ssh/id_rsa",
        ),
        SecretRule(
            "embedded-private-key",
            "PEM, OpenSSH, OpenPGP",
            r"-----BEGIN (?:(?:RSA|DSA|EC|OPENSSH|ENCRYPTED|ANY|PGP) )?PRIVATE KEY(?: BLOCK)?-----",
            r"[A-Za-z0-9+/=\r\n \t:,.()_\\<>@\[\];-]",
            16,
            12000,
            ("private key",),
            structure="private_key",
            reach=12 << 10,
            binary=True,
            severity=Severity.MEDIUM,
            confidence=Confidence.MEDIUM,
            trigger=r"-----BEGIN (?:(?:RSA|DSA|EC|OPENSSH|ENCRYPTED|ANY|PGP) )?PRIVATE KEY(?: BLOCK)?-----",
            example="\x7fELF\x00" + _pem("RSA PRIVATE KEY") + "\x00",
            path="usr/lib/libserver.so",
        ),
        SecretRule(
            "putty-private-key",
            "PuTTY",
            r"PuTTY-User-Key-File-[23]: [a-z0-9@.-]{3,40}\r?\nEncryption: ",
            "[a-z0-9-]",
            4,
            32,
            ("putty-user-key-file-",),
            structure="putty",
            literal="PuTTY-User-Key-File-",
            example="PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\nComment: me",
            path="home/me/key.ppk",
        ),
        SecretRule(
            "age-secret-key",
            "age",
            "AGE-SECRET-KEY-1",
            "[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]",
            58,
            keywords=("age-secret-key-1",),
            literal="AGE-SECRET-KEY-1",
            entropy=3.0,
            severity=Severity.CRITICAL,
            example="AGE-SECRET-KEY-1" + ("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" * 2)[3:61],
        ),
        SecretRule(
            "java-keystore",
            "Java",
            r"\xfe\xed\xfe\xed\x00\x00\x00[\x01\x02]\x00\x00..\x00\x00\x00\x01",
            "",
            first=True,
            paths=("*.jks", "*.keystore"),
            severity=Severity.MEDIUM,
            example="\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x01\x00\x05alias",
            path="srv/app/server.jks",
        ),
        SecretRule(
            "pkcs12-keystore",
            "PKCS #12",
            r"\x30[\x80-\x84][\x00-\xff]{0,4}\x02\x01\x03\x30",
            "",
            first=True,
            paths=("*.p12", "*.pfx"),
            severity=Severity.MEDIUM,
            example="\x30\x82\x09\x00\x02\x01\x03\x30\x82\x08",
            path="srv/app/server.p12",
        ),
    ),
    "RFC 7468, RFC 4880, RFC 7292, OpenSSH PROTOCOL.key, the PuTTY manual, age-encryption.org/v1",
)
