"""Indicators of compromise as their publishers write them: plain lists, CSV, and the patterns of STIX 2.1.

Three kinds are read: host names, addresses and URLs; in STIX and CSV whatever else there is is left out. Written so that nobody clicks on them
(`hxxp`, `[.]`), they are read all the same.
"""

from __future__ import annotations

import csv
import ipaddress
import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

MAX_INDICATORS = 2_000_000
"""Of one list; the largest public ones have some 500,000."""
MAX_VALUE = 2048
"""Characters of one indicator."""
_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}")
_URL = re.compile(r"([a-z][a-z0-9+.-]{1,20})://(?:[^/@\s]{1,200}@)?(\[[0-9a-f:.]{2,45}\]|[^/:?#\s\[\]]{1,253})(?::\d{1,5})?(/[^?#\s]*)?")
_STIX = re.compile(r"(?:domain-name|url|ipv4-addr|ipv6-addr)\s{0,4}:\s{0,4}value\s{0,4}=\s{0,4}'((?:[^'\\]|\\.){1,2048})'")


class Indicator(NamedTuple):
    """A host (name or address), or a URL without its query. `list`: the file it stands in."""

    value: str
    host: str
    path: str = ""


class _Object(msgspec.Struct):
    pattern: str = ""
    type: str = ""


class _Bundle(msgspec.Struct):
    objects: list[_Object]


def read(data: bytes) -> Iterator[Indicator]:
    """Yield the indicators of a list. Raises `ValueError` where it has none, or more than anyone has."""
    found = 0
    for value in _values(data):
        indicator = parse(value)
        if indicator is not None:
            found += 1
            if found > MAX_INDICATORS:
                raise ValueError(f"the list has more than {MAX_INDICATORS} indicators")
            yield indicator
    if not found:
        raise ValueError("the list has no host, address or URL")


def _values(data: bytes) -> Iterator[str]:
    if data.lstrip()[:1] == b"{":
        try:
            bundle = msgspec.json.decode(data, type=_Bundle)
        except (msgspec.MsgspecError, RecursionError) as fault:
            raise ValueError(f"the list begins like JSON and is no bundle of STIX 2: {fault}") from None
        for one in bundle.objects:
            if one.type == "indicator":
                yield from (value.replace("\\'", "'").replace("\\\\", "\\") for value in _STIX.findall(one.pattern))
        return
    lines = (line for line in data.decode("utf-8", "replace").lstrip("\ufeff").splitlines() if line.strip() and line.lstrip()[0] not in "#;!")
    for line in lines:
        if "," in line or "\t" in line:
            try:
                yield from (cell for row in csv.reader([line], delimiter="," if "," in line else "\t") for cell in row)
            except csv.Error:
                continue
        else:
            yield line.split()[-1] if line.startswith(("0.0.0.0 ", "127.0.0.1 ")) else line.split()[0]  # a hosts file names the host last


def parse(value: str) -> Indicator | None:
    """Read one indicator; None for what is no host, address or URL."""
    text = value.strip().strip("\"'").replace("[.]", ".").replace("(.)", ".").replace("[:]", ":").lower()
    if len(text) > MAX_VALUE:
        return None
    if text.startswith("hxxp"):
        text = f"http{text[4:]}"
    if match := _URL.match(text):
        host = match[2].strip("[]").rstrip(".")
        path = match[3] or ""
        return Indicator(text, host, "" if path == "/" else path)
    host, colon, port = text.rpartition(":")
    if not (colon and port.isdecimal() and ":" not in host):
        host = text
    host = host.rstrip(".")
    try:
        return Indicator(text, str(ipaddress.ip_address(host)))
    except ValueError:
        return Indicator(text, host) if _HOST.fullmatch(host) else None
