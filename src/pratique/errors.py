"""The errors of Pratique, by whom they blame.

"No" is a value, "cannot" is an exception, "could not tell" is never yes.

    PratiqueError                     .diagnostics() -> what happened, what to do next
    ├── InvalidInput                  the caller's fault: reference, option, policy
    │   └── InvalidReference
    ├── Unreachable                   the way is bad, may be tried again: registry, feed, engine
    │   ├── RegistryUnreachable
    │   ├── EngineUnreachable
    │   └── FeedUnreachable
    ├── Refused                       the other side understood and said no: not found, no access
    ├── Corrupt                       the data is bad, never retried
    │   ├── DigestMismatch
    │   ├── MalformedImage
    │   └── MalformedAdvisory
    ├── VerificationError             the only thing custody may raise
    └── BuildFailed
"""

from __future__ import annotations


class PratiqueError(Exception):
    """What happened, in one sentence; `remedy` says what to do next, in another."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def diagnostics(self) -> str:
        """Return what happened and what to do next, one line each."""
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message


class InvalidInput(PratiqueError):
    """The caller asked for something that has no meaning."""


class InvalidReference(InvalidInput):
    """A text that does not name an image."""


class Unreachable(PratiqueError):
    """The way to something is bad; the same call may succeed later."""


class RegistryUnreachable(Unreachable):
    """A registry did not answer, or answered with a fault of its own."""


class EngineUnreachable(Unreachable):
    """No container engine listens where one was expected."""


class FeedUnreachable(Unreachable):
    """An advisory partition could not be fetched."""


class Refused(PratiqueError):
    """The other side understood the request and said no: not found, or no access."""


class Corrupt(PratiqueError):
    """The data is bad; trying again would not mend it."""


class DigestMismatch(Corrupt):
    """Bytes that are not what their digest says."""


class MalformedImage(Corrupt):
    """Something that claims to be an image and is none, or breaks its specification."""


class MalformedAdvisory(Corrupt):
    """Advisory data that is not what its publisher's format says."""


class VerificationError(PratiqueError):
    """A signature, key or chain that does not hold."""


class BuildFailed(PratiqueError):
    """An image that could not be built."""
