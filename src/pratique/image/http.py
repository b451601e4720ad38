"""What HTTP says, read: origins, waits, reasons. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port (RFC 6454)."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds to wait: `Retry-After` has seconds or a date, which is held against the answer's own `Date`."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, (parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))).total_seconds())
    except (TypeError, ValueError):
        return None


def is_local(address: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(f"//{address}").hostname or ""
    return host in {"localhost", "::1"} or (host.startswith("127.") and host.replace(".", "").isdigit())


def reason(error: Exception) -> str:
    """Return why a connection failed, short enough for a sentence."""
    return str(error).rstrip(".")[:200] or type(error).__name__
