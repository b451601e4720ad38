"""The evidence cache: what it gives back is what was seen, or nothing; several processes may share it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import image_maker as im
from catalog.toy import PLAN, seen
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.catalog.contents import Contents
from pratique.catalog.observe import PASS, Facts, Observed
from pratique.model import Document, Gap, Mark
from pratique.store.evidence import EvidenceStore

LAYER = [im.file("var/db/toy", b"a 1"), im.file("x/mod.json", b"b 1"), im.whiteout("old"), im.hardlink("var/db/toy.d/h", "x/mod.json")]
text = st.text(max_size=10)
paths = st.binary(min_size=1, max_size=10).map(lambda data: data.replace(b"\0", b"0").decode("utf-8", "surrogateescape"))


def same(a: Observed, b: Observed) -> bool:
    tables = [(list(o.contents), o.contents.whiteouts, o.contents.opaques) for o in (a, b)]
    facts = [{name: (f.documents, f.marks, f.gaps) for name, f in o.facts.items()} for o in (a, b)]
    return tables[0] == tables[1] and facts[0] == facts[1]


def test_the_cached_answer_equals_the_fresh_one(tmp_path: Path) -> None:
    fresh = seen(LAYER)
    store = EvidenceStore(tmp_path / "e.sqlite")
    assert store.load("sha256:1", PLAN.observers, "") is None
    store.save("file:1", "sha256:1", fresh, PLAN.observers, "")
    kept = store.load("sha256:1", PLAN.observers, "")
    assert kept is not None
    assert same(kept, fresh)
    assert store.load("sha256:1", PLAN.observers, "+sha256") is None, "evidence without digests is not evidence with them"
    store.close()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.builds(Document, text, paths, st.binary(max_size=50), paths), max_size=5),
    st.lists(st.builds(Mark, text, paths, text, st.none() | st.integers(0, 9), text), max_size=5),
    st.lists(st.builds(Gap, text, text, st.booleans(), st.none() | paths, remedy=text), max_size=5),
)
def test_facts_of_any_names_survive(tmp_path_factory: object, documents: list[Document], marks: list[Mark], gaps: list[Gap]) -> None:
    store = EvidenceStore(tmp_path_factory.mktemp("e") / "e.sqlite")  # type: ignore[attr-defined]
    observed = Observed(Contents(), {PASS: Facts(gaps=gaps), **{o.id: Facts(documents, marks, gaps) for o in PLAN.observers}})
    store.save("x", "sha256:1", observed, PLAN.observers, "")
    kept = store.load("sha256:1", PLAN.observers, "")
    store.close()
    assert kept is not None
    assert same(kept, observed)


def test_evidence_of_another_revision_is_not_used(tmp_path: Path) -> None:
    from dataclasses import replace

    store = EvidenceStore(tmp_path / "e.sqlite")
    store.save("file:1", "sha256:1", seen(LAYER), PLAN.observers, "")
    newer = [replace(PLAN.observers[0], revision="99"), *PLAN.observers[1:]]
    assert store.load("sha256:1", newer, "") is None
    store.close()


def test_stored_bytes_vouch_only_for_the_diff_id_they_had(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path / "e.sqlite")
    store.save("file:1", "sha256:1", seen(LAYER), PLAN.observers, "")
    assert store.verified("file:1", "sha256:1")
    assert not store.verified("file:1", "sha256:2"), "a config that lies about its diff IDs borrows no evidence"
    assert not store.verified("file:2", "sha256:1"), "nor do other bytes"
    assert not store.verified("", "sha256:1")
    store.close()


def test_a_damaged_row_is_no_evidence_and_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "e.sqlite"
    store = EvidenceStore(path)
    store.save("file:1", "sha256:1", seen(LAYER), PLAN.observers, "")
    store.close()
    with sqlite3.connect(path) as db:
        db.execute("update evidence set data = x'00ff' where observer = 'contents'")
    db.close()
    store = EvidenceStore(path)
    assert store.load("sha256:1", PLAN.observers, "") is None
    store.close()
    path.write_bytes(b"this is no database, and longer than a page " * 200)
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    store = EvidenceStore(path)
    assert store.load("sha256:1", PLAN.observers, "") is None
    store.close()


WRITER = """
import sys
from pathlib import Path
from catalog.toy import PLAN, seen
from pratique.store.evidence import EvidenceStore
import image_maker as im

layer = [im.file("var/db/toy", b"a 1")]
store = EvidenceStore(Path(sys.argv[1]))
for at in range(20):
    store.save(f"file:{sys.argv[2]}:{at}", f"sha256:{at}", seen(layer), PLAN.observers, "")
    assert store.load(f"sha256:{at}", PLAN.observers, "") is not None
store.close()
"""


def test_two_processes_share_one_file(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": f"{ROOT / 'tests'}:{ROOT / 'src'}"}
    words = [sys.executable, "-c", WRITER, str(tmp_path / "e.sqlite")]
    writers = [subprocess.Popen([*words, str(number)], env=environ, stderr=subprocess.PIPE) for number in range(2)]
    said = [writer.communicate(timeout=60)[1].decode() for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0], said
    store = EvidenceStore(tmp_path / "e.sqlite")
    assert all(store.verified(f"file:{number}:{at}", f"sha256:{at}") for number in range(2) for at in range(20))
    store.close()
