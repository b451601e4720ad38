"""An XML parser that resolves external entities reads files and opens connections for whoever wrote the document (CWE-611)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from pratique.catalog.code import WANTS, Objection, Text, objections
from pratique.catalog.observer import Member
from pratique.checks.check import FileCheck, Hit, Sample
from pratique.formats.code.values import REQUEST, Call, Code
from pratique.model import Confidence, Kind, Severity

_WORDS = {
    "python": (b"resolve_entities", b"feature_external_ges", b"lxml"),
    "javascript": (b"noent",),
    "java": (b"DocumentBuilderFactory", b"SAXParserFactory", b"XMLInputFactory", b"SAXReader", b"SAXBuilder", b"XMLReaderFactory"),
    "php": (b"LIBXML_NOENT", b"libxml_disable_entity_loader"),
}
_FACTORIES = frozenset(
    [
        "DocumentBuilderFactory.newInstance",
        "SAXParserFactory.newInstance",
        "XMLInputFactory.newInstance",
        "XMLInputFactory.newFactory",
        "new SAXReader",
        "new SAXBuilder",
        "XMLReaderFactory.createXMLReader",
    ]
)
_GUARDS = frozenset({"setFeature", "setProperty", "setAttribute", "setExpandEntityReferences", "setXMLResolver", "setEntityResolver"})
_LXML = frozenset({"lxml.etree.fromstring", "lxml.etree.parse", "lxml.etree.XML"})
_MESSAGE = "an XML parser resolves external entities"


def run(member: Member, file: BinaryIO) -> Iterator[Hit]:
    """Yield each parser that resolves external entities."""
    for one in objections(member.path, file.read(), _WORDS, _judge):
        yield Hit(member.path, one.message, one.line, confidence=one.confidence)


def _judge(code: Code, text: Text) -> Iterator[Objection]:
    guarded = any(call.last in _GUARDS for call in code.calls)
    for call in code.calls:
        if code.language == "python":
            entities = call.named.get("resolve_entities")
            if (call.last == "XMLParser" and entities is not None and entities.name == "True") or (call.last == "setFeature" and _switched_on(call)):
                yield Objection(call.line, _MESSAGE, Confidence.HIGH)
            elif call.name in _LXML and len(call.arguments) == 1 and not call.named and call.arguments[0].input == REQUEST:
                yield Objection(call.line, "XML of the request is parsed by lxml, which resolves entities before version 5", Confidence.MEDIUM)
        elif code.language == "java" and not guarded and call.name in _FACTORIES:
            yield Objection(call.line, "an XML parser is made that resolves external entities unless it is told not to", Confidence.MEDIUM)
        elif code.language == "php" and _entities(call, text):
            yield Objection(call.line, _MESSAGE, Confidence.HIGH)
    if code.language == "javascript":
        lines = [setting.line for setting in code.settings if setting.last == "noent" and setting.value.name == "true"]
        yield from (Objection(line, _MESSAGE, Confidence.HIGH) for line in lines)


def _entities(call: Call, text: Text) -> bool:
    if call.last in {"loadXML", "load", "simplexml_load_string", "simplexml_load_file"}:
        return "LIBXML_NOENT" in text(call.line)
    return call.name == "libxml_disable_entity_loader" and bool(call.arguments) and call.arguments[0].name.lower() == "false"


def _switched_on(call: Call) -> bool:
    arguments = call.arguments
    return len(arguments) > 1 and arguments[0].name.endswith("feature_external_ges") and arguments[1].name in {"True", "1"}


CHECK = FileCheck(
    id="xml-external-entities",
    revision="1",
    kind=Kind.CODE,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    asks="Does the application parse XML with external entities?",
    remedy="Switch external entities and document types off in the parser (defusedxml; disallow-doctype-decl).",
    wants=WANTS,
    run=run,
    catches=(
        Sample("app/feed.py", b"from lxml import etree\nparser = etree.XMLParser(resolve_entities=True)\n"),
        Sample(
            "app/sax.py",
            b"from xml import sax\nfrom xml.sax.handler import feature_external_ges\np = sax.parser()\np.setFeature(feature_external_ges, True)\n",
        ),
        Sample("app/feed.js", b"const doc = libxmljs.parseXml(text, { noent: true })\n"),
        Sample(
            "app/Feed.java",
            b"class Feed { void f() { DocumentBuilderFactory b = DocumentBuilderFactory.newInstance(); b.newDocumentBuilder().parse(in); } }",
        ),
        Sample("app/feed.php", b"<?php $dom->loadXML($text, LIBXML_NOENT | LIBXML_DTDLOAD);"),
    ),
    passes=(
        Sample("app/feed.py", b"from lxml import etree\nparser = etree.XMLParser(resolve_entities=False)\n"),
        Sample("app/feed.js", b"const doc = libxmljs.parseXml(text, { noent: false })\n"),
        Sample(
            "app/Feed.java",
            b"class Feed { void f() { DocumentBuilderFactory b = DocumentBuilderFactory.newInstance();"
            b' b.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true); } }',
        ),
        Sample("app/feed.php", b"<?php $dom->loadXML($text, LIBXML_NONET);\n\n\n\n// LIBXML_NOENT is not set\n"),
    ),
    aliases=("CWE-611", "B313", "B314", "B320"),
)
