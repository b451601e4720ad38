"""A statement assembled from input lets whoever gives the input write the statement (CWE-89)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from pratique.catalog.code import WANTS, Objection, Text, objections, reached
from pratique.catalog.observer import Member
from pratique.checks.check import FileCheck, Hit, Sample
from pratique.formats.code.values import Code
from pratique.model import Confidence, Kind, Severity

_SINKS = {
    "python": frozenset(
        [".execute", ".executemany", ".executescript", ".mogrify", ".raw", ".read_sql", ".read_sql_query", ".read_sql_table", ".exec_driver_sql"]
    ),
    "javascript": frozenset(
        [".query", ".execute", ".raw", ".all", ".run", ".each", ".prepare", ".$queryRawUnsafe", ".$executeRawUnsafe", ".literal"]
    ),
    "go": frozenset(
        [
            ".Query",
            ".QueryRow",
            ".QueryContext",
            ".QueryRowContext",
            ".Exec",
            ".ExecContext",
            ".Prepare",
            ".PrepareContext",
            ".Raw",
            ".Queryx",
            ".Get",
            ".Select",
            ".NamedExec",
        ]
    ),
    "java": frozenset(
        [
            ".executeQuery",
            ".executeUpdate",
            ".execute",
            ".executeLargeUpdate",
            ".addBatch",
            ".prepareStatement",
            ".prepareCall",
            ".createQuery",
            ".createNativeQuery",
            ".query",
            ".queryForObject",
            ".queryForList",
            ".queryForMap",
            ".queryForRowSet",
            ".update",
            ".createSQLQuery",
            ".nativeSQL",
        ]
    ),
    "php": frozenset(
        [
            "mysqli_query",
            "mysql_query",
            "pg_query",
            "pg_send_query",
            "sqlite_query",
            "sqlsrv_query",
            "odbc_exec",
            ".query",
            ".exec",
            ".prepare",
            ".raw",
            ".whereRaw",
            ".selectRaw",
            ".orderByRaw",
            ".havingRaw",
            ".select",
            ".statement",
            ".multi_query",
            ".real_query",
            ".executeQuery",
        ]
    ),
}
_STATEMENT = re.compile(
    r"\b(?:select\b[^;]{1,1000}?\bfrom|insert\s{1,9}into|update\b[^;]{1,300}?\bset|delete\s{1,9}from|replace\s{1,9}into|drop\s{1,9}table|where|values\s{0,9}\(|order\s{1,9}by)\b",
    re.IGNORECASE,
)
_WORDS = dict.fromkeys(
    _SINKS, (b"select", b"SELECT", b"Select", b"insert", b"INSERT", b"update", b"UPDATE", b"delete", b"DELETE", b"where", b"WHERE")
)
_ALSO = {
    "python": (b"execute", b".raw(", b"mogrify", b"read_sql"),
    "javascript": (b"query", b"execute", b"raw", b"Raw", b".all(", b".run(", b".each(", b"prepare", b"literal"),
    "go": (b".Query", b".Exec", b".Prepare", b".Raw", b".Get(", b".Select("),
    "java": (b"execute", b"prepare", b"query", b"Query", b"update", b"addBatch", b"SQL"),
    "php": (b"query", b"exec", b"prepare", b"raw", b"Raw", b"select", b"statement"),
}


def run(member: Member, file: BinaryIO) -> Iterator[Hit]:
    """Yield each call of a database that is given an assembled statement."""
    for one in objections(member.path, file.read(), _WORDS, _judge, _ALSO):
        yield Hit(member.path, one.message, one.line, confidence=one.confidence)


def _judge(code: Code, text: Text) -> Iterator[Objection]:  # noqa: ARG001 - the shape of every rule
    sinks = _SINKS[code.language]
    for call in code.calls:
        if not call.among(sinks):
            continue
        for value in call.arguments[:2]:
            if value.built and _STATEMENT.search(value.text) and (found := reached(value)):
                yield Objection(call.line, f"an SQL statement is assembled from {found[0]}", found[1])


CHECK = FileCheck(
    id="sql-injection",
    revision="1",
    kind=Kind.CODE,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    asks="Does the application assemble SQL statements from input?",
    remedy="Give the statement as one fixed text with placeholders, and the values as parameters.",
    wants=WANTS,
    run=run,
    catches=(
        Sample("app/views.py", b'def show(request):\n    cursor.execute("SELECT * FROM users WHERE name = \'%s\'" % request.GET["name"])\n'),
        Sample("app/find.py", b"def find(cur, name):\n    cur.execute(f\"SELECT id FROM users WHERE name = '{name}'\")\n"),
        Sample(
            "app/users.js",
            b"app.get('/u', (req, res) => {\n  const sql = `SELECT * FROM users WHERE id = ${req.query.id}`\n  db.query(sql, done)\n})\n",
        ),
        Sample(
            "app/main.go",
            b'func h(w http.ResponseWriter, r *http.Request) {\n\tdb.Query("SELECT a FROM t WHERE n = \'" + r.FormValue("n") + "\'")\n}\n',
        ),
        Sample(
            "app/U.java",
            b'class U { void f(HttpServletRequest req) { String n = req.getParameter("n"); st.execute("SELECT a FROM t WHERE n=\'" + n + "\'"); } }',
        ),
        Sample("app/u.php", b'<?php $n = $_GET["n"]; mysqli_query($db, "SELECT a FROM t WHERE n = \'$n\'");'),
    ),
    passes=(
        Sample("app/views.py", b'def show(request):\n    cursor.execute("SELECT * FROM users WHERE name = %s", [request.GET["name"]])\n'),
        Sample("app/ids.py", b'def some(cur, ids):\n    cur.execute("SELECT * FROM t WHERE id IN (" + ",".join(["%s"] * len(ids)) + ")", ids)\n'),
        Sample("app/table.py", b'TABLE = "users"\ndef every(cur):\n    cur.execute(f"SELECT * FROM {TABLE}")\n'),
        Sample("app/users.js", b"app.get('/u', (req, res) => {\n  db.query('SELECT * FROM users WHERE id = ?', [req.query.id], done)\n})\n"),
        Sample("app/tagged.ts", b"const rows = await db.query(sql`SELECT * FROM users WHERE id = ${req.query.id}`)\n"),
        Sample("app/main.go", b'func h(w http.ResponseWriter, r *http.Request) {\n\tdb.Query("SELECT a FROM t WHERE n = $1", r.FormValue("n"))\n}\n'),
        Sample(
            "app/U.java",
            b'class U { void f(String n) { var s = c.prepareStatement("SELECT a FROM t WHERE n = ?"); s.setString(1, n); s.executeQuery(); } }',
        ),
        Sample("app/u.php", b'<?php $id = (int) $_GET["id"]; $db->query("SELECT a FROM t WHERE id = " . $id);'),
        Sample("app/node_modules/x/q.js", b"db.query(`SELECT * FROM t WHERE id = ${req.query.id}`)\n"),
    ),
    aliases=("CWE-89", "B608"),
)
