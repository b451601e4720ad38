"""A publisher on 127.0.0.1 that can do all that real ones do: ETag and 304, redirects, errors, web pages, cut answers."""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Publisher:
    """What to answer, by path: bytes, or a function that takes the request handler. Requests are kept in `asked`."""

    def __init__(self) -> None:
        self.answers: dict = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.url = ""


@contextmanager
def publishing():
    publisher = Publisher()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_GET(self):
            publisher.asked.append((self.path, dict(self.headers)))
            answer = publisher.answers.get(self.path)
            if callable(answer):
                answer(self)
            elif answer is None:
                plain(self, 404, b"not here")
            else:
                etag = f'"{hashlib.sha256(answer).hexdigest()[:16]}"'
                if self.headers.get("If-None-Match") == etag:
                    self.send_response(304)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                else:
                    plain(self, 200, answer, ETag=etag, **{"Last-Modified": "Sat, 21 Nov 2026 10:00:00 GMT"})

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    publisher.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def plain(handler, status, body, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def cut(body, after):
    """Answer with the length of the whole, and close in the middle."""

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:after])
        handler.wfile.flush()
        handler.close_connection = True
        handler.connection.close()

    return answer
