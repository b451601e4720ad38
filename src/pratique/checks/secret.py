"""What a rule for secrets is: data. One file of a family of issuers declares one `SecretRules`; a hundred rules are not a hundred files.

A rule matches `head` + `chars{least,most}`: what stands before the free part, and the free part. From these two the engine makes what each pass
needs: a pattern for `re` with its borders, and a trigger without them for hyperscan, which knows no look-around. Both read in linear time: the
free part is one class of characters, bounded on both sides, and no class before it overlaps its neighbour without bound.
"""

from __future__ import annotations

from dataclasses import dataclass

from pratique.model import Confidence, Persona, Severity

ALNUM = "[A-Za-z0-9]"
WORD = "[A-Za-z0-9_]"
URLSAFE = "[A-Za-z0-9_-]"
BASE64 = "[A-Za-z0-9+/]"
DOTTED = "[A-Za-z0-9._-]"
HEX = "[0-9a-f]"
ANYHEX = "[0-9A-Fa-f]"
LOWER = "[a-z0-9]"
UPPER = "[A-Z0-9]"
DIGIT = "[0-9]"
BASE32 = "[A-Z2-7]"
BASE58 = "[1-9A-HJ-NP-Za-km-z]"
QUOTED = r"[!#-&(-;=?A-\[\]-_a-~]"
"""What stands between quotes: printable ASCII without blanks, quotes, `<`, `>`, `@`, backslash and back-tick."""

ASSIGNED = r"[A-Za-z0-9_. -]{0,24}[\"']?[ \t]{0,3}(?:=>|:=|=|:|,)[ \t]{0,3}[\"']?"
"""Between a name and its value: the rest of the name, an operator, a quote."""
REVOKE = (
    "Revoke it at its issuer and issue another; give it to the container at run time, or to the build as a secret mount. "
    "Deleting the file in a later layer removes nothing."
)


@dataclass(frozen=True, slots=True)
class SecretRule:
    """One kind of secret."""

    id: str
    """A word: `github-personal-token`."""
    provider: str
    """Who issues it."""
    head: str
    """A regular expression of what stands before the free part, in the common subset of `re` and hyperscan, without groups that capture."""
    chars: str
    """The class of characters of the free part; empty where `head` is all of it."""
    least: int = 0
    most: int = 0
    """Of the free part, in characters; 0: as `least`."""
    keywords: tuple[str, ...] = ()
    """Literals in lower case of at least 3 characters, one of which is in every match: what the pass without hyperscan looks for."""
    tail: str = ""
    """What must stand behind the free part."""
    named: bool = False
    """The match begins with the name of what it is assigned to; only the free part is the secret."""
    caseless: bool = False
    """Whether `head` and `tail` are read without regard to case; the free part never is."""
    entropy: float = 0.0
    """Bits a character (Shannon) that the free part must have; with less it is suppressed."""
    structure: str = ""
    """The name of a function of `pratique.checks.structure` that tells whether it is built as its issuer builds it."""
    paths: tuple[str, ...] = ()
    """Ends of paths (`.npmrc`, `.docker/config.json`): it is looked for in these files alone, and there without its keywords."""
    text: bool = False
    """Whether it is looked for in text alone (no NUL byte near it)."""
    binary: bool = False
    """Whether it is looked for where there are NUL bytes alone."""
    reach: int = 1024
    """Bytes that a match may be long, at most."""
    severity: Severity = Severity.HIGH
    confidence: Confidence = Confidence.HIGH
    persona: Persona = Persona.REGULAR
    aliases: tuple[str, ...] = ()
    example: str = ""
    """A text that is caught, where it cannot be made from the rule: `{}` stands for the free part that is."""
    path: str = ""
    """The path of the example; else `srv/app/settings.txt`."""
    literal: str = ""
    """What every match begins with, to the letter: then it is looked for as UTF-16 and in base64 too."""
    first: bool = False
    """Whether it matches at the first byte of a file alone."""
    trigger: str = ""
    """What hyperscan looks for, where that cannot be made from `head` and `chars`."""

    @property
    def catches(self) -> tuple[str, bytes]:
        """A path and a text that is caught: made here, so that no working credential is in the source."""
        from pratique.checks import specimen
        from pratique.checks.structure import SIGNED

        free = specimen.free(self.id, self.chars, max(self.least, min(self.most or self.least, 32))) if self.chars else ""
        if sign := SIGNED.get(self.structure):
            free = sign(free)
        if not self.example:
            text = f"{'' if self.first or not self.chars else 'x = '}{specimen.shortest(self.head)}{free}{specimen.shortest(self.tail)}"
        else:
            text = self.example.replace("{}", free)
        return self.path or (f"srv/{self.paths[0].lstrip('*/')}" if self.paths else "srv/app/settings.txt"), f"{text}\n".encode("latin-1")


@dataclass(frozen=True, slots=True)
class SecretRules:
    """The rules of one family: a leaf."""

    id: str
    """The name of its file, as a word."""
    title: str
    rules: tuple[SecretRule, ...]
    source: str = ""
    """Where the issuers say how theirs look."""


def token(
    id: str,
    provider: str,
    prefix: str,
    chars: str,
    least: int,
    most: int = 0,
    *,
    structure: str = "",
    severity: Severity = Severity.HIGH,
    tail: str = "",
    entropy: float = 2.5,
    confidence: Confidence = Confidence.HIGH,
    aliases: tuple[str, ...] = (),
    text: bool = False,
) -> SecretRule:
    """Return the rule of a token that its issuer made recognisable: a literal prefix and a free part."""
    head = "".join(f"\\{letter}" if letter in ".+*?$^|()[]{}\\" else letter for letter in prefix)
    return SecretRule(
        id,
        provider,
        head,
        chars,
        least,
        most,
        (prefix.lower(),),
        tail=tail,
        entropy=entropy if least >= 16 else min(entropy, 2.0),
        structure=structure,
        severity=severity,
        confidence=confidence,
        aliases=aliases,
        text=text,
        literal=prefix,
    )


def assigned(
    id: str,
    provider: str,
    names: str,
    chars: str,
    least: int,
    most: int = 0,
    *,
    words: tuple[str, ...] = (),
    severity: Severity = Severity.HIGH,
    confidence: Confidence = Confidence.MEDIUM,
    entropy: float = 3.0,
    structure: str = "",
) -> SecretRule:
    """Return the rule of a secret that has no shape of its own: a name that says whose it is, an operator, and a value of the issuer's form.

    `names`: a regular expression of the name, in lower case; `words` its literals, or `names` itself where it is one.
    """
    return SecretRule(
        id,
        provider,
        f"(?:{names}){ASSIGNED}",
        chars,
        least,
        most,
        words or (names,),
        named=True,
        caseless=True,
        entropy=entropy,
        structure=structure,
        text=True,
        severity=severity,
        confidence=confidence,
    )
