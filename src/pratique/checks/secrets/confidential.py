"""Confidential data: no credentials, but nothing that belongs into an image either. For auditors."""

from __future__ import annotations

from pratique.checks.secret import SecretRule, SecretRules
from pratique.model import Confidence, Persona, Severity

_MEDIUM = Severity.MEDIUM
_FOR = Persona.AUDITOR
_LOW = Confidence.LOW

RULES = SecretRules(
    "confidential",
    "Confidential data",
    (
        SecretRule("payment-card-number", "Payment card", r"(?:card|pan|cc_|visa|mastercard|amex|account)[a-z_ -]{0,16}[\"']?[ \t]{0,3}[:=,;#][ \t]{0,3}[\"']?", "[0-9 -]", 15, 19, ("card", "pan", "visa", "amex", "account", "cc_"),
                   named=True, caseless=True, structure="luhn", text=True, severity=_MEDIUM, persona=_FOR, confidence=Confidence.MEDIUM, example="card number: 4929 3813 3266 4295"),
        SecretRule("iban", "IBAN", r"iban[a-z_ -]{0,12}[\"']?[ \t]{0,3}[:=,;][ \t]{0,3}[\"']?", "[A-Z0-9 ]", 15, 42, ("iban",), named=True, caseless=True, structure="iban", text=True, severity=_MEDIUM, persona=_FOR,
                   confidence=Confidence.MEDIUM, example="iban: GB82 WEST 1234 5698 7654 32"),
        SecretRule("postgres-dump", "PostgreSQL", r"-- PostgreSQL database dump", "", keywords=("-- postgresql database dump",), severity=_MEDIUM, persona=_FOR, example="--\n-- PostgreSQL database dump\n--", text=True),
        SecretRule("mysql-dump", "MySQL", r"-- (?:MySQL|MariaDB) dump [0-9]", "", keywords=("-- mysql dump", "-- mariadb dump"), severity=_MEDIUM, persona=_FOR, example="-- MySQL dump 10.13  Distrib 8.0", text=True),
        SecretRule("postgres-custom-dump", "PostgreSQL", "PGDMP\\x01", "", first=True, paths=("*.dump", "*.backup", "*.pgdump", "*.dmp"), severity=_MEDIUM, persona=_FOR, example="PGDMP\x01\x0e", path="srv/app.dump"),
        SecretRule("sqlite-dump", "SQLite", r"PRAGMA foreign_keys=OFF;\r?\nBEGIN TRANSACTION;", "", keywords=("pragma foreign_keys=off",), severity=_MEDIUM, persona=_FOR, example="PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;", text=True),
        SecretRule("mailbox", "mbox", r"From [^\s@]{1,64}@?[^\s]{0,128} (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 0-3][0-9] [0-2][0-9]:", "", first=True,
                   paths=("*.mbox", "mbox", "var/mail/root", "var/spool/mail/root"), severity=_MEDIUM, persona=_FOR, example="From me@example.net Thu Jan  4 09:12:01 2024\nSubject: x", path="var/mail/root"),
        SecretRule("outlook-mailbox", "Outlook", "!BDN", "", first=True, paths=("*.pst", "*.ost"), severity=_MEDIUM, persona=_FOR, example="!BDN\x00\x00", path="srv/archive.pst"),
        SecretRule("core-dump", "ELF", "\\x7fELF[\\x01\\x02]\\x01[\\x00-\\xff]{10}\\x04\\x00", "", first=True, paths=("core", "*.core", "core.dump"), severity=_MEDIUM, persona=_FOR,
                   example="\x7fELF\x02\x01\x01" + "\x00" * 9 + "\x04\x00>\x00", path="srv/core"),
        SecretRule("heap-dump", "Java", "JAVA PROFILE 1\\.0\\.[12]\\x00", "", first=True, paths=("*.hprof",), severity=_MEDIUM, persona=_FOR, example="JAVA PROFILE 1.0.2\x00", path="srv/heap.hprof"),
        SecretRule("redis-dump", "Redis", "REDIS00", "[0-9]", 2, 2, first=True, paths=("*.rdb",), severity=_MEDIUM, persona=_FOR, example="REDIS0011\xfa", path="srv/dump.rdb"),
    ),
    "ISO/IEC 7812-1, ISO 13616, the tools' own file formats",
)
