"""Why something that looks like a secret is none: documented examples, placeholders, too little variety, a comment that allows it."""

from __future__ import annotations

import math
import re
from collections import Counter

from pratique.checks.secret import SecretRule

ALLOWS = ("pratique:allow", "gitleaks:allow", "pragma: allowlist secret")
"""Comments that allow what stands on their line: ours, gitleaks', detect-secrets'."""
_EXAMPLE = re.compile(
    r"EXAMPLE|example|0123456789abcdef|abcdefghijklmnop|ABCDEFGHIJKLMNOP|1234567890(?:1234567890|abcdef|ABCDEF)|T3BlbkFJexample|(?:deadbeef){2}"
)
_REPEATED = re.compile(r"(.)\1{7,}|([A-Za-z0-9]{2,4})\2{4,}")
_PLACEHOLDER = re.compile(
    r"x{4}|\*{3}|\.{3}|your|my[_-]|change|replac|placeholder|dummy|sample|redact|secret|passw|token|insert|todo|fixme|fake|mock|test|none|null|undefined"
    r"|default|foobar|foo_|\bfoo\b|qwerty|<|>|\$[({A-Za-z_]|%[(sd{]|\{\{|\{[a-z_]{1,32}\}|\bstring\b|env[.(\[]|getenv|process\.|os\.|config[.\[]|12345|abcde",
    re.IGNORECASE,
)
_NOWHERE = re.compile(
    r"scott:tiger|://(?:user(?:name)?|foo|scott)?:[^@\s]{1,80}@"
    r"|@(?:host(?:name)?|server|domain|some_?host|your|my|foo|example|test|www\.example|[a-z.]{0,20}example\.(?:com|org))\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"^[A-Za-z_][A-Za-z_]*(?:[.(\[:-]|$)|^[a-z]+(?:[-_ .:/][A-Za-z]+)+$|^[/.~]|^https?:|^[A-Z][A-Za-z]+[.:]{1,2}")


def excuse(rule: SecretRule, free: str, line: str) -> str:
    """Return why a match is not counted, or nothing."""
    if any(allow in line for allow in ALLOWS):
        return "a comment on its line allows it"
    if rule.structure in ("private_key", "putty", "crypt") or not rule.chars:
        return ""
    if _EXAMPLE.search(free):
        return "a documented example"
    if _REPEATED.search(free):
        return "a placeholder: it repeats itself"
    if rule.structure == "password" and _NOWHERE.search(line):
        return "a documented example: it leads to no host"
    if rule.named and _PLACEHOLDER.search(free):
        return "a placeholder, or a reference to where the value is"
    if rule.id.startswith("generic-") and _CODE.search(free):
        return "a name or a path, not a value"
    if rule.entropy and (have := entropy(free)) < rule.entropy:
        return f"too regular for a secret: {have:.1f} bits a character"
    return ""


def entropy(text: str) -> float:
    """Return the Shannon entropy of a text in bits a character."""
    if not text:
        return 0.0
    size = len(text)
    return -sum(count / size * math.log2(count / size) for count in Counter(text).values())
