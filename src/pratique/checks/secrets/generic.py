"""Secrets of no known issuer: named as one, and as random as one."""

from __future__ import annotations

from pratique.checks.secret import QUOTED, SecretRule, SecretRules
from pratique.model import Confidence, Severity

_JOINT = r"[A-Za-z0-9_.-]{0,20}[\"']?[ \t]{0,3}(?:=>|:=|=|:)[ \t]{0,3}[\"']"
"""A value of no known issuer counts where it stands in quotes."""


def _generic(id: str, names: str, words: tuple[str, ...], chars: str, least: int, most: int, entropy: float, structure: str) -> SecretRule:
    return SecretRule(
        id,
        "Unknown issuer",
        f"(?:{names}){_JOINT}",
        chars,
        least,
        most,
        words,
        tail="[\"']",
        named=True,
        caseless=True,
        entropy=entropy,
        structure=structure,
        text=True,
        severity=Severity.MEDIUM,
        confidence=Confidence.LOW,
    )


RULES = SecretRules(
    "generic",
    "Secrets of no known issuer",
    (
        _generic("generic-password", "password|passwd|passphrase", ("password", "passwd", "passphrase"), QUOTED, 8, 80, 3.0, "password"),
        _generic("generic-secret", "secret", ("secret",), r"[A-Za-z0-9_.=+/~-]", 16, 160, 3.6, "varied"),
        _generic(
            "generic-api-key",
            "api_?key|access_?key|auth_?key",
            ("api_key", "apikey", "access_key", "accesskey", "auth_key", "authkey"),
            r"[A-Za-z0-9_.=+/~-]",
            16,
            160,
            3.6,
            "varied",
        ),
        _generic(
            "generic-token",
            "(?:auth|access|api|bot|bearer|refresh|session|service)_?token",
            ("token",),
            r"[A-Za-z0-9_.=+/~-]",
            16,
            400,
            3.6,
            "varied",
        ),
        _generic(
            "generic-credential",
            "credential|encryption_?key|signing_?key|private_?key|client_?secret",
            ("credential", "encryption", "signing", "private_key", "privatekey", "client_secret", "clientsecret"),
            r"[A-Za-z0-9_.=+/~-]",
            16,
            400,
            3.6,
            "varied",
        ),
    ),
)
