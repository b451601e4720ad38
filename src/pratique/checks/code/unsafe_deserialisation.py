"""Formats that can name any class or function run code while they are read (CWE-502)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from pratique.catalog.code import WANTS, Objection, Text, objections
from pratique.catalog.observer import Member
from pratique.checks.check import FileCheck, Hit, Sample
from pratique.formats.code.values import REQUEST, Call, Code
from pratique.model import Confidence, Kind, Severity

_READS = {
    "python": frozenset(
        [
            "pickle.load",
            "pickle.loads",
            "pickle.Unpickler",
            "_pickle.loads",
            "cPickle.load",
            "cPickle.loads",
            "dill.load",
            "dill.loads",
            "cloudpickle.load",
            "cloudpickle.loads",
            "jsonpickle.decode",
            "marshal.load",
            "marshal.loads",
            "pandas.read_pickle",
            "joblib.load",
            "shelve.open",
            "yaml.load",
            "yaml.load_all",
            "yaml.unsafe_load",
        ]
    ),
    "javascript": frozenset(
        [
            "unserialize",
            "serialize.unserialize",
            "nodeSerialize.unserialize",
            "funcster.deepDeserialize",
            "serialijse.deserialize",
            "v8.deserialize",
            ".unserialize",
        ]
    ),
    "java": frozenset({"new ObjectInputStream", "new XMLDecoder", ".fromXML", "new Yaml"}),
    "php": frozenset({"unserialize", "yaml_parse"}),
}
_WORDS = {
    "python": (b"pickle", b"dill", b"marshal", b"joblib", b"shelve", b"yaml"),
    "javascript": (b"serialize", b"funcster", b"serialijse"),
    "java": (b"ObjectInputStream", b"XMLDecoder", b"XStream", b"Yaml("),
    "php": (b"unserialize", b"yaml_parse"),
}
_SAFE = ("SafeLoader", "BaseLoader", "CSafeLoader", "CBaseLoader")
_GUARDS = ("setObjectInputFilter", "ObjectInputFilter", "ValidatingObjectInputStream", "SafeConstructor")


def run(member: Member, file: BinaryIO) -> Iterator[Hit]:
    """Yield each call that reads such a format from what is not fixed."""
    for one in objections(member.path, file.read(), _WORDS, _judge):
        yield Hit(member.path, one.message, one.line, confidence=one.confidence)


def _judge(code: Code, text: Text) -> Iterator[Objection]:
    reads = _READS.get(code.language, frozenset())
    if code.language == "java" and any(call.last in _GUARDS or call.name.removeprefix("new ") in _GUARDS for call in code.calls):
        return
    for call in code.calls:
        if not call.among(reads) or _guarded(call, text):
            continue
        value = call.argument(0) or (call.argument(0, "stream") or call.receiver)
        if value.fixed and call.arguments:
            continue
        local = not value.input and ("open()" in value.name or call.name in {"shelve.open", "joblib.load", "pandas.read_pickle"})
        confidence = (
            Confidence.HIGH if value.input == REQUEST else Confidence.LOW if local or call.last in {"fromXML", "new Yaml"} else Confidence.MEDIUM
        )
        said = f" from {value.input}" if value.input else ""
        yield Objection(call.line, f"{call.name.removeprefix('new ')} reads a format that can run code{said}", confidence)


def _guarded(call: Call, text: Text) -> bool:
    if call.name in {"yaml.load", "yaml.load_all"}:
        loader = call.argument(1, "Loader")
        return loader is not None and loader.name.rpartition(".")[2] in _SAFE
    if call.name == "unserialize" and len(call.arguments) > 1:
        return "allowed_classes" in text(call.line)
    return call.name == "new Yaml" and bool(call.arguments)


CHECK = FileCheck(
    id="unsafe-deserialisation",
    revision="1",
    kind=Kind.CODE,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Does the application read formats that can run code while they are read?",
    remedy="Use a format of plain data (JSON, yaml.safe_load); where the format must stay, verify a signature first and allow only named classes.",
    wants=WANTS,
    run=run,
    catches=(
        Sample("app/session.py", b'import pickle\nfrom flask import request\ndef load():\n    return pickle.loads(request.cookies["s"])\n'),
        Sample("app/config.py", b"import yaml\ndef load(text):\n    return yaml.load(text, Loader=yaml.Loader)\n"),
        Sample("app/s.js", b"const serialize = require('node-serialize')\nconst o = serialize.unserialize(req.cookies.profile)\n"),
        Sample("app/S.java", b"class S { Object f(HttpServletRequest req) { return new ObjectInputStream(req.getInputStream()).readObject(); } }"),
        Sample("app/s.php", b'<?php $o = unserialize($_COOKIE["o"]);'),
    ),
    passes=(
        Sample("app/session.py", b'import json\nfrom flask import request\ndef load():\n    return json.loads(request.cookies["s"])\n'),
        Sample("app/config.py", b"import yaml\ndef load(text):\n    return yaml.load(text, Loader=yaml.SafeLoader), yaml.safe_load(text)\n"),
        Sample("app/s.js", b"// serialize\nconst o = JSON.parse(req.cookies.profile)\n"),
        Sample(
            "app/S.java",
            b"class S { Object f(InputStream i) { var o = new ObjectInputStream(i); o.setObjectInputFilter(F); return o.readObject(); } }",
        ),
        Sample("app/s.php", b'<?php $o = unserialize($_COOKIE["o"], ["allowed_classes" => false]);'),
    ),
    aliases=("CWE-502", "B301", "B302", "B506"),
)
