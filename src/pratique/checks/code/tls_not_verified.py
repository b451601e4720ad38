"""A connection whose other side is not verified can be read and changed by whoever stands between (CWE-295)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from pratique.catalog.code import WANTS, Objection, Text, objections
from pratique.catalog.observer import Member
from pratique.checks.check import FileCheck, Hit, Sample
from pratique.formats.code.values import Code, Value
from pratique.model import Confidence, Kind, Severity

_WORDS = {
    "python": (b"verify", b"CERT_NONE", b"_create_unverified_context", b"_https_verify_certificates", b"check_hostname"),
    "javascript": (b"rejectUnauthorized", b"NODE_TLS_REJECT_UNAUTHORIZED", b"strictSSL", b"checkServerIdentity"),
    "go": (b"InsecureSkipVerify",),
    "java": (b"TrustManager", b"HostnameVerifier", b"TrustAllStrategy", b"checkServerTrusted", b"ALLOW_ALL"),
    "php": (b"CURLOPT_SSL_VERIFY", b"verify_peer", b"verify", b"allow_self_signed"),
}
_SETTINGS = {
    "python": {
        "verify_mode": "ssl.CERT_NONE",
        "check_hostname": "False",
        "_create_default_https_context": "ssl._create_unverified_context",
        "verify": "False",
    },
    "javascript": {"rejectUnauthorized": "false", "NODE_TLS_REJECT_UNAUTHORIZED": "0", "strictSSL": "false"},
    "go": {"InsecureSkipVerify": "true"},
    "java": {},
    "php": {"verify_peer": "false", "verify_peer_name": "false", "verify": "false", "allow_self_signed": "true"},
}
"""By language: names, and the value that switches verification off."""
_HTTP = frozenset(["get", "post", "put", "patch", "delete", "head", "options", "request", "Session", "Client", "AsyncClient", "stream", "send"])
_MESSAGE = "the other side of a TLS connection is not verified"


def run(member: Member, file: BinaryIO) -> Iterator[Hit]:
    """Yield each place where the verification of certificates or host names is switched off."""
    for one in objections(member.path, file.read(), _WORDS, _judge):
        yield Hit(member.path, one.message, one.line, confidence=one.confidence)


def _is(value: Value | None, word: str) -> bool:
    return value is not None and value.fixed and (value.name == word or value.text == word or (not value.text and value.name.lower() == word.lower()))


def _judge(code: Code, text: Text) -> Iterator[Objection]:
    switches = _SETTINGS[code.language]
    for setting in code.settings:
        word = switches.get(setting.last)
        if word is not None and (_is(setting.value, word) or setting.value.name == word):
            sure = Confidence.MEDIUM if setting.last in {"verify", "check_hostname"} and "." not in setting.name else Confidence.HIGH
            yield Objection(setting.line, _MESSAGE, sure)
    for call in code.calls:
        if code.language == "python":
            if (
                call.name == "ssl._create_unverified_context"
                or (call.last in _HTTP and _is(call.named.get("verify"), "False"))
                or ((reqs := call.named.get("cert_reqs")) is not None and (reqs.text == "CERT_NONE" or reqs.name == "ssl.CERT_NONE"))
            ):
                yield Objection(call.line, _MESSAGE, Confidence.HIGH)
        elif code.language == "php" and call.last == "curl_setopt" and len(call.arguments) > 2:
            if call.arguments[1].name in {"CURLOPT_SSL_VERIFYPEER", "CURLOPT_SSL_VERIFYHOST"} and call.arguments[2].name.lower() in {"false", "0"}:
                yield Objection(call.line, _MESSAGE, Confidence.HIGH)
        elif code.language == "java" and call.last in {
            "setHostnameVerifier",
            "setDefaultHostnameVerifier",
            "setSSLHostnameVerifier",
            "hostnameVerifier",
        }:
            if any(word in text(call.line) for word in ("NoopHostnameVerifier", "ALLOW_ALL", "-> true")):
                yield Objection(call.line, _MESSAGE, Confidence.HIGH)
        elif code.language == "java" and call.last in {"loadTrustMaterial"} and "TrustAllStrategy" in text(call.line):
            yield Objection(call.line, _MESSAGE, Confidence.HIGH)
    for name, line, empty in code.functions:
        if name == "checkServerTrusted" and empty:
            yield Objection(line, "every certificate is trusted: checkServerTrusted does nothing", Confidence.HIGH)


CHECK = FileCheck(
    id="tls-not-verified",
    revision="1",
    kind=Kind.CODE,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Does the application trust any certificate?",
    remedy="Leave verification on; give the client the certificate of the authority that signed the other side's.",
    wants=WANTS,
    run=run,
    catches=(
        Sample("app/fetch.py", b"import requests\ndef fetch(url):\n    return requests.get(url, verify=False)\n"),
        Sample(
            "app/context.py",
            b"import ssl\ncontext = ssl.create_default_context()\ncontext.check_hostname = False\ncontext.verify_mode = ssl.CERT_NONE\n",
        ),
        Sample("app/fetch.js", b"const agent = new https.Agent({ rejectUnauthorized: false })\n"),
        Sample("app/env.ts", b"process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'\n"),
        Sample("app/fetch.go", b"var tr = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}\n"),
        Sample("app/T.java", b"class T implements X509TrustManager { public void checkServerTrusted(X509Certificate[] c, String a) {} }"),
        Sample("app/fetch.php", b"<?php curl_setopt($ch, CURLOPT_SSL_VERIFYPEER, false);"),
        Sample("app/guzzle.php", b"<?php $c = new Client(['verify' => false]);"),
    ),
    passes=(
        Sample("app/fetch.py", b'import requests\ndef fetch(url):\n    return requests.get(url, verify="/etc/ssl/own.pem")\n'),
        Sample("app/fetch.js", b"const agent = new https.Agent({ rejectUnauthorized: true }) // not rejectUnauthorized: false\n"),
        Sample("app/fetch.go", b"var tr = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: false}}\n"),
        Sample(
            "app/T.java",
            b"class T implements X509TrustManager { public void checkServerTrusted(X509Certificate[] c, String a) { in.checkServerTrusted(c, a); } }",
        ),
        Sample("app/fetch.php", b"<?php curl_setopt($ch, CURLOPT_SSL_VERIFYPEER, true);"),
    ),
    aliases=("CWE-295", "B501", "B323"),
)
