"""The wire to one registry: connections, logins, retries, redirects. Knows nothing of images.

OCI distribution-spec 1.1 ("Determining Support", "Pull"); RFC 9110 for `Retry-After` (10.2.3) and ranges (14).
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from pratique.errors import Corrupt, Refused, RegistryUnreachable
from pratique.image import credentials
from pratique.image.http import is_local, origin, reason, retry_after
from pratique.image.reference import DEFAULT_HOST
from pratique.image.token import Answer, Ask, authorise, challenge

if TYPE_CHECKING:
    import httpx2

HUB_HOST = "registry-1.docker.io"
"""Where the registry that is named docker.io answers."""
TRIES = 5
"""Times that something is asked before it is given up."""
FIRST_WAIT = 0.25
"""Seconds before the second try; doubled each time, with a random part so that many clients do not come back together."""
MAX_WAIT = 30.0
"""Seconds that a `Retry-After` is obeyed; a registry that asks for more is given up, and said so."""
MAX_REDIRECTS = 5
CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
MAX_TOKEN = 1 << 20
PINGS = 3
"""Times that a registry is looked for."""
SLOWEST = 4 << 10
"""Bytes a second, after `PATIENCE` seconds: below it an answer is not slow but held back to keep us hanging."""
PATIENCE = 120.0
AGAIN = {408, 429, 500, 502, 503, 504}


class Cut(Exception):
    """The connection broke in the middle of a blob."""


class Wire:
    """A registry that is spoken to by several threads."""

    def __init__(self, host: str, path: str, *, insecure: bool, environ: Mapping[str, str], sleep: Callable[[float], None] = time.sleep) -> None:
        self._host = host
        self._address = HUB_HOST if host == DEFAULT_HOST else host
        self._scope = f"repository:{path}:pull"
        self._insecure = insecure
        self._environ = environ
        self._sleep = sleep
        self._lock = threading.Lock()
        self._client: httpx2.Client | None = None
        self._base = ""
        self._authorization = ""

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._client is not None:
            self._client.close()

    def get(self, path: str, limit: int, headers: Mapping[str, str], *, what: str) -> tuple[bytes, Mapping[str, str]]:
        """Return a small document and the headers of the answer. Raises `Refused`, `RegistryUnreachable`, `Corrupt` above the limit."""
        for failures in range(1, TRIES + 1):
            try:
                with self._asked(path, headers, what) as response:
                    data = bytearray()
                    for block in self._watched(response):
                        data += block
                        if len(data) > limit:
                            raise Corrupt(f"The registry sends more than {limit} bytes for {what}.", "Check that the reference names an image.")
                    return bytes(data), response.headers
            except Cut as cut:
                if failures == TRIES:
                    raise RegistryUnreachable(f"The connection to {self._host} broke {TRIES} times: {cut}.", "Try again later.") from None
                self.wait(failures)
        raise AssertionError

    def stream(self, path: str, start: int, *, what: str) -> Iterator[bytes]:
        """Yield the bytes of a blob from `start`. Raises `Cut` where the connection breaks."""
        headers = {"Range": f"bytes={start}-"} if start else {}
        with self._asked(path, headers, what) as response:
            skip = start
            if start and response.status_code == 206:
                if not response.headers.get("content-range", "").startswith(f"bytes {start}-"):
                    raise Corrupt(f"The registry sends another part of {what} than was asked.", "Pull again; if it stays so, the registry is broken.")
                skip = 0
            for block in self._watched(response):
                if skip:
                    rest = block[skip:]
                    skip -= len(block) - len(rest)
                    block = rest
                if block:
                    yield block

    def _watched(self, response: httpx2.Response) -> Iterator[bytes]:
        """Yield the body as it comes. Raises `RegistryUnreachable` where it only drips."""
        begun, count = time.monotonic(), 0
        for block in response.iter_raw():
            count += len(block)
            yield block
            if time.monotonic() - begun > PATIENCE + count / SLOWEST:
                raise RegistryUnreachable(f"The registry {self._host} sends less than {SLOWEST >> 10} KiB a second.", "Try again later.")

    def wait(self, failures: int, asked: float | None = None) -> None:
        """Wait before the next try."""
        self._sleep(asked if asked is not None else FIRST_WAIT * 2 ** (failures - 1) * random.uniform(0.5, 1.0))  # noqa: S311 - no secret

    # ---------------------------------------------------------------------------------------------------- the request

    @contextmanager
    def _asked(self, path: str, headers: Mapping[str, str], what: str) -> Iterator[httpx2.Response]:
        """Give the good answer to a request, after logins, redirects and retries; its body is read by the caller."""
        import httpx2

        client = self._connected()
        failures = 0
        logged_in = False
        while True:
            authorization = self._authorization
            sent = {**headers, "Authorization": authorization} if authorization else headers
            try:
                with self._redirected(client, self._base + path, sent) as response:
                    status = response.status_code
                    if status in {200, 206}:
                        yield response
                        return
                    challenges = response.headers.get_list("www-authenticate")
                    pause = retry_after(response.headers)
            except httpx2.TransportError as error:
                raise Cut(reason(error)) from None
            if status == 401 and not logged_in:
                self._login(client, challenges, authorization, what)
                logged_in = True
                continue
            if status not in AGAIN:
                raise self._refusal(status, what)
            failures += 1
            if failures >= TRIES or (pause is not None and pause > MAX_WAIT):
                raise self._exhausted(status, pause)
            self.wait(failures, pause)

    @contextmanager
    def _redirected(self, client: httpx2.Client, url: str, headers: Mapping[str, str]) -> Iterator[httpx2.Response]:
        """Follow redirects. To another origin the `Authorization` does not go along: it is this registry's, not that storage's."""
        import httpx2

        sent = {"Accept-Encoding": "identity", **headers}
        for _ in range(MAX_REDIRECTS + 1):
            try:
                request = client.build_request("GET", url, headers=sent)
            except httpx2.InvalidURL as error:
                raise RegistryUnreachable(f"{self._host} cannot be addressed: {error}.", "Check the reference.") from None
            response = client.send(request, stream=True, follow_redirects=False, auth=None)
            try:
                location = response.headers.get("location")
                if response.status_code not in {301, 302, 303, 307, 308} or not location:
                    yield response
                    return
            finally:
                response.close()
            try:
                onward = urljoin(url, location)
                origin(onward)
            except ValueError:
                raise RegistryUnreachable(f"{self._host} redirects to what is no address.", "Check the registry.") from None
            if urlsplit(onward).scheme != "https" and not self._plain_allowed(onward):
                raise RegistryUnreachable(
                    f"{self._host} redirects to an address that is not https.", "Use another registry, or --insecure where you know the network."
                )
            if origin(onward) != origin(url):
                sent = {name: value for name, value in sent.items() if name != "Authorization"}
            url = onward
        raise RegistryUnreachable(f"{self._host} redirects more than {MAX_REDIRECTS} times.", "Check the registry.")

    def _refusal(self, status: int, what: str) -> Exception:
        if status in {401, 403}:
            return Refused(
                f"The registry {self._host} gives no access to {what}.", f"Check its name, and that you are logged in: `docker login {self._host}`."
            )
        if status == 404:
            return Refused(f"The registry {self._host} has no {what}.", f"Check the name and the tag; if a local engine has it, write docker:{what}")
        return RegistryUnreachable(f"The registry {self._host} answered with status {status} for {what}.", "Check the reference and the registry.")

    def _exhausted(self, status: int, pause: float | None) -> RegistryUnreachable:
        wants = f" and asks to wait {pause:.0f} seconds" if pause is not None else ""
        if status == 429:
            return RegistryUnreachable(f"The registry {self._host} says that there were too many requests{wants}.", "Log in, or try again later.")
        return RegistryUnreachable(f"The registry {self._host} answered with status {status}{wants}.", "Try again later.")

    # ------------------------------------------------------------------------------------------------------- the login

    def _login(self, client: httpx2.Client, challenges: list[str], used: str, what: str) -> None:
        """Answer a challenge, once for all threads."""
        with self._lock:
            if self._authorization != used:
                return  # another thread was quicker
            asked = challenge(challenges)
            if asked is None:
                raise self._refusal(401, what)
            flow = authorise(asked, self._host, self._scope, credentials.find(self._host, self._environ))
            answer: Answer | None = None
            while True:
                try:
                    ask = flow.send(answer) if answer is not None else next(flow)
                except StopIteration as done:
                    self._authorization = str(done.value)
                    return
                answer = self._token_answer(client, ask)

    def _token_answer(self, client: httpx2.Client, ask: Ask) -> Answer:
        import httpx2

        if urlsplit(ask.url).scheme != "https" and not self._plain_allowed(ask.url):
            raise Refused(f"The registry {self._host} wants its token fetched from {ask.url[:200]}, which is not https.", "Do not log in there.")
        for failures in range(1, TRIES + 1):
            pause = None
            try:
                request = client.build_request(
                    "POST" if ask.form else "GET", ask.url, headers={**ask.headers, "Accept-Encoding": "identity"}, data=ask.form
                )
                response = client.send(request, stream=True, follow_redirects=False, auth=None)
                try:
                    data = bytearray()
                    for block in response.iter_raw():
                        data += block
                        if len(data) > MAX_TOKEN:
                            raise RegistryUnreachable(
                                f"The token server of {self._host} gives no token but {MAX_TOKEN} bytes.", "Check the registry."
                            )
                finally:
                    response.close()
                pause = retry_after(response.headers)
                if response.status_code not in AGAIN or failures == TRIES or (pause or 0) > MAX_WAIT:
                    return Answer(response.status_code, bytes(data))
            except httpx2.InvalidURL as error:
                raise RegistryUnreachable(f"The token server of {self._host} cannot be addressed: {error}.", "Check the registry.") from None
            except httpx2.TransportError as error:
                if failures == TRIES:
                    raise RegistryUnreachable(f"The token server of {self._host} cannot be reached: {reason(error)}.", "Try again later.") from None
            self.wait(failures, pause)
        raise AssertionError

    # -------------------------------------------------------------------------------------------------- the connection

    def _connected(self) -> httpx2.Client:
        """Connect on first use: find out how the registry is spoken to, and whether it wants a login (distribution-spec, "Determining Support")."""
        with self._lock:
            if self._client is not None:
                return self._client
            import httpx2

            bases = [f"https://{self._address}"]
            if is_local(self._address):
                bases.insert(0, f"http://{self._address}")  # what listens here is nearly always plain
            elif self._insecure:
                bases.append(f"http://{self._address}")
            fault = ""
            for failures in range(1, PINGS + 1):
                for base in bases:
                    client = self._new_client(base)
                    try:
                        challenges = self._ping(client, base)
                    except httpx2.InvalidURL as error:
                        client.close()
                        raise RegistryUnreachable(f"{self._host} cannot be addressed: {error}.", "Check the reference.") from None
                    except (httpx2.TransportError, Cut) as error:
                        client.close()
                        fault = reason(error)
                        continue
                    self._client, self._base = client, base
                    break
                if self._client is not None:
                    break
                if failures < PINGS:
                    self.wait(failures)
            if self._client is None:
                hint = "" if len(bases) > 1 else " If it speaks plain http, say so by --insecure."
                raise RegistryUnreachable(f"The registry {self._host} cannot be reached: {fault}.", f"Check its name and your network.{hint}")
            client = self._client
        if challenge(challenges) is not None:
            self._login(client, challenges, "", "this image")
        return client

    def _ping(self, client: httpx2.Client, base: str) -> list[str]:
        """Return the challenges of a registry that wants a login. Raises `Cut` for what is no answer of a registry."""
        response = client.send(client.build_request("GET", f"{base}/v2/"), stream=True, follow_redirects=False, auth=None)
        try:
            status = response.status_code
            if status in AGAIN:
                raise Cut(f"it answers with status {status}")
            if status == 400 and base.startswith("http:"):
                raise Cut("it does not speak plain http")
            return response.headers.get_list("www-authenticate") if status == 401 else []
        finally:
            response.close()

    def _new_client(self, base: str) -> httpx2.Client:
        import httpx2

        plain = base.startswith("http:")
        return httpx2.Client(
            verify=not plain and not self._insecure,
            trust_env=not is_local(self._address),  # a proxy cannot reach what listens here
            timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            headers={"User-Agent": "pratique"},
            follow_redirects=False,
        )

    def _plain_allowed(self, url: str) -> bool:
        """Whether an address without encryption may be spoken to: on this machine, or anywhere when asked for."""
        parts = urlsplit(url)
        return parts.scheme == "http" and (self._insecure or (is_local(self._address) and is_local(parts.netloc)))
