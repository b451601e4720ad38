"""How issuers build what they issue: checksums, signed parts, keys. Each function tells whether a text is built so.

It returns None where it is not, else a word or two to say of it (or nothing). No function calls an issuer.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MAX_JSON = 1 << 14
"""Bytes of a token's header or claims that are parsed."""


def crc32_base62(value: str) -> str | None:
    """GitHub's and npm's tokens: the last six characters are the CRC-32 of those before them behind the prefix, in base 62.

    https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/
    """
    body = value.partition("_")[2]
    return "its checksum holds" if len(body) > 6 and base62(zlib.crc32(body[:-6].encode())) == body[-6:] else None


def base62(number: int, size: int = 6) -> str:
    """Return a number in base 62, digits first, filled with zeros."""
    out = ""
    while number:
        number, rest = divmod(number, 62)
        out = BASE62[rest] + out
    return out.rjust(size, "0")


def macaroon(value: str) -> str | None:
    """PyPI's tokens: base64 of a macaroon (version 2) whose location is the index. libmacaroons `doc/format.txt`."""
    data = _base64(value.partition("-")[2])
    return "a macaroon" if data is not None and data[:2] == b"\x02\x01" and b"pypi" in data[:24] else None


def aws_key_id(value: str) -> str | None:
    """AWS access key ids: base 32 behind the prefix; they hold the account's number. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html."""
    try:
        data = base64.b32decode(value[4:].ljust(16, "A"))
    except binascii.Error:
        return None
    account = (int.from_bytes(data[:6], "big") & 0x7FFFFFFFFF80) >> 7
    return f"of account {account:012d}" if 0 < account < 10**12 else "of an old form"


def jwt(value: str) -> str | None:
    """JSON Web Tokens (RFC 7519): a header that names its algorithm, and claims."""
    parts = value.split(".")
    if len(parts) < 2:
        return None
    header, claims = _object(parts[0]), _object(parts[1])
    algorithm = None if header is None else header.get("alg")
    if not isinstance(algorithm, str) or claims is None:
        return None
    expires = claims.get("exp")
    ends = f", good until second {expires} of the epoch" if isinstance(expires, int) else ", without an end"
    return ("not signed" if algorithm.lower() == "none" else f"signed with {algorithm[:8]}") + ends


def private_key(value: str) -> str | None:
    """Read a private key in PEM (RFC 7468, PKCS #1, #8, SEC 1), OpenSSH's form (PROTOCOL.key), OpenPGP armour: encrypted or not."""
    found = _PEM.search(value)
    if found is None:
        return None
    label, text = found[1], found[2].replace("\\r", "").replace("\\n", "\n")
    body = "".join(_HEADER.sub("", text).split())
    armour = label.startswith("PGP")
    if armour:
        body = re.sub(r"=[A-Za-z0-9+/]{4}$", "", body)  # the checksum of RFC 4880 6.1
    key = _base64(body, strict=True)
    if key is None or len(key) < SHORTEST or len(set(key)) < 8:
        return None
    kind = "PKCS #8" if label in ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY") else label.split()[0]
    if armour:
        return f"{kind} private key, whether it is encrypted could not be told"
    size = int.from_bytes(key[15:19], "big")
    open_ = key[19 : 19 + size] == b"none" if key.startswith(b"openssh-key-v1\0") else True
    closed = label.startswith("ENCRYPTED") or "Proc-Type: 4,ENCRYPTED" in text or not open_
    return f"{kind} private key, {'encrypted with a passphrase' if closed else 'not encrypted'}"


SHORTEST = 32
"""Bytes of the shortest key there is (Ed25519 in PKCS #8 has 48): what is shorter is an example."""
_PEM = re.compile(r"-----BEGIN ([A-Z ]{0,24}PRIVATE KEY(?: BLOCK)?)-----(.*?)-----END \1-----", re.DOTALL)
_HEADER = re.compile(r"^(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset):[^\n]*$", re.MULTILINE)


def putty(value: str) -> str | None:
    """PuTTY's private keys (PuTTY manual, appendix C)."""
    encryption = re.search(r"Encryption: ([^\r\n]+)", value)
    if encryption is None:
        return None
    return f"PuTTY private key, {'not encrypted' if encryption[1].strip() == 'none' else 'encrypted with a passphrase'}"


def basic(value: str) -> str | None:
    """HTTP Basic (RFC 7617): base64 of a name, a colon and a password."""
    data = _base64(value.rstrip("="))
    if data is None:
        return None
    name, colon, word = data.partition(b":")
    return "name and password" if colon and len(word) > 1 and name.isascii() and word.isascii() and data.decode("ascii").isprintable() else None


def luhn(value: str) -> str | None:
    """Numbers of payment cards (ISO/IEC 7812-1): the check digit, and the issuer by its range."""
    digits = [int(letter) for letter in value if letter.isdigit()]
    total = sum(d if i % 2 == 0 else (d * 2 - 9 if d > 4 else d * 2) for i, d in enumerate(reversed(digits)))
    number = "".join(map(str, digits))
    issuer = next((name for name, pattern in _ISSUERS if pattern.fullmatch(number)), None)
    return f"of {issuer}" if total % 10 == 0 and issuer and len(set(digits)) > 3 else None


_ISSUERS = (
    ("Visa", re.compile(r"4[0-9]{15}")),
    ("Mastercard", re.compile(r"(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}")),
    ("American Express", re.compile(r"3[47][0-9]{13}")),
    ("Discover", re.compile(r"6(?:011|5[0-9]{2})[0-9]{12}")),
    ("JCB", re.compile(r"35(?:2[89]|[3-8][0-9])[0-9]{12}")),
)


def iban(value: str) -> str | None:
    """IBAN (ISO 13616): the country's length, and 97 as modulus (ISO 7064)."""
    bare = value.replace(" ", "")
    if _IBAN_LENGTHS.get(bare[:2]) != len(bare):
        return None
    number = "".join(str(int(letter, 36)) for letter in bare[4:] + bare[:4])
    return f"of {bare[:2]}" if int(number) % 97 == 1 else None


_IBAN_LENGTHS = {
    pair[:2]: int(pair[3:])
    for pair in (  # noqa: SIM905 - SWIFT IBAN registry, as a table
        "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BR:29 BY:28 CH:21 CR:22 CY:28 CZ:24 DE:22 DK:18 DO:28 EE:20 EG:29 ES:24 FI:18 "
        "FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32 LI:21 LT:20 "
        "LU:20 LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 MR:27 MT:31 MU:30 NL:18 NO:15 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24 RS:22 SA:24 SC:31 SE:24 "
        "SI:19 SK:24 SM:27 TN:24 TR:26 UA:29 VA:22 VG:24 XK:20"
    ).split()
}


def bitcoin(value: str) -> str | None:
    """Check a private key in Bitcoin's wallet import format: base 58 with a checksum of double SHA-256."""
    from hashlib import sha256

    number = 0
    for letter in value:
        at = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".find(letter)
        if at < 0:
            return None
        number = number * 58 + at
    data = number.to_bytes(38, "big").lstrip(b"\0")
    return "its checksum holds" if data[:1] == b"\x80" and sha256(sha256(data[:-4]).digest()).digest()[:4] == data[-4:] else None


def mixed(value: str) -> str | None:
    """Not only letters, and not only digits: what no word and no number is."""
    return "" if any(letter.isdigit() for letter in value) and any(letter.isalpha() for letter in value) else None


def varied(value: str) -> str | None:
    """Capitals, small letters and digits, all three."""
    return "" if any(c.isupper() for c in value) and any(c.islower() for c in value) and any(c.isdigit() for c in value) else None


def password(value: str) -> str | None:
    """Tell a password that a person or a generator would choose from a word, a name, a reference to something else."""
    if value.startswith(("$", "%", "{", "<", "@", "/", "[", "(", "*", ":")) or len(set(value)) < 4:
        return None
    kinds = sum((any(c.isupper() for c in value), any(c.islower() for c in value), any(c.isdigit() for c in value), not value.isalnum()))
    return "" if kinds >= 3 or (kinds == 2 and any(c.isdigit() for c in value)) else None


def crypt(value: str) -> str | None:
    """Read the method of a hashed password, as of the manual page crypt in section 5."""
    method = {
        "1": "MD5",
        "2a": "bcrypt",
        "2b": "bcrypt",
        "2y": "bcrypt",
        "5": "SHA-256",
        "6": "SHA-512",
        "y": "yescrypt",
        "7": "scrypt",
        "gy": "gost-yescrypt",
        "apr1": "Apache's MD5",
    }
    parts = value.split("$")
    return f"hashed with {method[parts[1]]}" if len(parts) > 3 and parts[1] in method else None


def service_account(value: str) -> str | None:
    """Check that the JSON of a service account of Google Cloud has its key."""
    return "with its private key" if '"private_key"' in value and "BEGIN" in value else None


def docker_auth(value: str) -> str | None:
    """Check an entry of `auths` (docker-login): base64 of a name and a password."""
    return basic(value)


STRUCTURES: dict[str, Callable[[str], str | None]] = {
    function.__name__: function
    for function in (
        crc32_base62,
        macaroon,
        aws_key_id,
        jwt,
        private_key,
        putty,
        basic,
        luhn,
        iban,
        bitcoin,
        mixed,
        varied,
        password,
        crypt,
        service_account,
        docker_auth,
    )
}
"""By name, as rules write it."""


def _crc_signed(free: str) -> str:
    return free[:-6] + base62(zlib.crc32(free[:-6].encode()))


def _basic_signed(_: str) -> str:
    return base64.b64encode(b"deployer:T7-correct.Horse-b4ttery").decode()


def _mixed(free: str) -> str:
    return free[:-2] + "a7"


def _varied(free: str) -> str:
    return free[:-3] + "aZ7"


SIGNED: dict[str, Callable[[str], str]] = {
    "crc32_base62": _crc_signed,
    "basic": _basic_signed,
    "docker_auth": _basic_signed,
    "varied": _varied,
    "mixed": _mixed,
    "password": _varied,
}
"""What gives a made example the structure that is asked of it."""


def _base64(text: str, *, strict: bool = False) -> bytes | None:
    text = text if strict else text.replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _object(text: str) -> dict[str, object] | None:
    data = _base64(text[:MAX_JSON])
    try:
        found = None if data is None else json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
