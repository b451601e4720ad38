"""Every evil file of `assets/` against the real command line: an error or a Gap with what to do next, and never a traceback, a hang, a full
memory, a byte that steers the terminal, a file where none should be, or "0 findings"."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import random
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import evil
import image_maker as im
import pytest
from evil import Evil, Given

from pratique.errors import PratiqueError
from pratique.inspection import scan as inspection
from pratique.model import Inventory

ASSETS = Path(__file__).parent / "assets"
LAUNCHER = """
import json, os, resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
try:
    code = subprocess.run(sys.argv[3:], timeout=float(sys.argv[2])).returncode
except subprocess.TimeoutExpired:
    code = "timeout"
open(sys.argv[1], "w").write(json.dumps([code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""
"""A small parent: what a process inherits of memory at its birth counts as its own peak, so the tests' own must not be its parent."""
FORMATS = {"json": "json", "sarif": "sarif", "cyclonedx": "cdx.json", "spdx": "spdx.json", "markdown": "md", "junit": "xml"}
STEERING = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]")
"""ECMA-48 controls, C0 and C1, and the Unicode signs that turn the direction of writing."""


def load(path: Path) -> Evil:
    spec = importlib.util.spec_from_file_location(f"evil_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = [value for value in vars(module).values() if isinstance(value, Evil)]
    assert len(found) == 1 and found[0] is module.EVIL, f"{path.name} declares one EVIL"
    assert found[0].id == path.stem
    assert module.__doc__, f"{path.name} says what it is"
    return found[0]


EVILS = [load(path) for path in sorted(ASSETS.glob("*.py"))]


@dataclass(frozen=True)
class Ended:
    """How a run of the command line ended."""

    code: int | str
    output: bytes
    mebibytes: float
    files: dict[str, bytes]

    @property
    def text(self) -> str:
        """The output on one line: where it was wrapped does not matter."""
        return re.sub(r"\s+", " ", self.output.decode())


def run(tmp_path: Path, given: Given, feeds: Path, *, seconds: float = 20.0) -> Ended:
    """Run `pratique` in an empty folder, all formats at once."""
    places = {name: tmp_path / "around" / name for name in ("here", "home", "temporary", "data", "written")}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pratique.cli.main", "scan", given.reference, "-f", "table", *given.arguments]
    command += [f"--output={name}={places['written']}/report.{ending}" for name, ending in FORMATS.items()]
    command += [f"--data={given.data or places['data']}"]
    command += [f"--feeds={given.feeds or feeds}", *(() if "://" in (given.feeds or "") else ("--offline",))]
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(places["home"]),
        "TMPDIR": str(places["temporary"]),
        "SOURCE_DATE_EPOCH": str(evil.NOW),
        "LC_ALL": "C.UTF-8",
        "PYTHONWARNINGS": "error",
        **given.environ,
    }
    with (given.stdin or Path(os.devnull)).open("rb") as stdin:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, str(tmp_path / "ended"), str(seconds), *command],
            cwd=places["here"],
            env=environ,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    code, peak = json.loads((tmp_path / "ended").read_text())
    files = {path.name: path.read_bytes() for path in places["written"].iterdir()}
    left = [path for name in ("here", "home", "temporary") for path in places[name].rglob("*")]
    assert not left, f"it left files behind: {left}"
    return Ended(code, done.stdout, peak / 1024, files)


def listing(root: Path) -> dict[str, tuple[int, int]]:
    """Return what is below a folder, but for where the run may write."""
    found = {}
    for folder, names, files in os.walk(root):
        if folder == str(root):
            names[:] = [name for name in names if name != "around"]
        for name in (*names, *files):
            status = os.lstat(os.path.join(folder, name))
            found[os.path.join(folder, name)] = (status.st_size, status.st_mtime_ns)
    found.pop(str(root / "ended"), None)
    return found


@contextmanager
def made(one: Evil, folder: Path) -> Iterator[Given]:
    folder.mkdir(exist_ok=True)
    what = one.make(folder)
    if isinstance(what, AbstractContextManager):
        with what as inner:
            yield inner if isinstance(inner, Given) else Given(inner)
    else:
        yield what if isinstance(what, Given) else Given(what)


@pytest.fixture(scope="session")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return evil.mirror(tmp_path_factory.mktemp("feeds") / "mirror")


def harmless(ended: Ended) -> None:
    """What holds for every output, whatever was scanned."""
    assert b"Traceback" not in ended.output, ended.output.decode(errors="replace")
    assert b"internal error" not in ended.output, ended.output.decode(errors="replace")
    for name, data in {"the terminal": ended.output, **ended.files}.items():
        steering = STEERING.search(data)
        assert steering is None, f"{name}: {data[max(0, steering.start() - 60) : steering.end() + 20]!r}"
        data.decode("utf-8")
        if name.endswith(("json", "sarif")):
            json.loads(data)


# ------------------------------------------------------------------------------------------------------------------ tests


def test_a_good_image_gives_findings_and_no_doubt(tmp_path: Path, feeds: Path) -> None:
    """The control: with this mirror and these options, a good image ends in 0, so that a 3 elsewhere is the attack's doing."""
    ended = run(tmp_path, Given(evil.archive(tmp_path, evil.alpine())), feeds)
    assert ended.code == 0, ended.text
    assert evil.FLAW in ended.text
    assert "Could not tell" not in ended.text
    harmless(ended)


@pytest.mark.parametrize("one", EVILS, ids=lambda one: one.id)
def test_an_evil_file_harms_nobody_and_is_said(one: Evil, tmp_path: Path, feeds: Path) -> None:
    with made(one, tmp_path / "evil") as given:
        before = listing(tmp_path)
        ended = run(tmp_path, given, feeds, seconds=one.seconds)
        assert listing(tmp_path) == before, "it wrote where it should not"
    shown = ended.output.decode(errors="replace")
    assert ended.code in one.expect, f"{ended.code}\n{shown}"
    harmless(ended)
    assert re.search(one.says, ended.text), shown
    if one.never:
        assert not re.search(one.never, ended.text), shown
    if ended.code == 2:
        lines = shown.strip().splitlines()
        assert lines[0].startswith("error: "), shown
        assert len(lines) > 1, f"it does not say what to do next: {shown}"
        assert not ended.files, "a report was written although none was possible"
    if ended.code == 3:
        assert "Could not tell" in ended.text, shown
        assert not re.search(r"No findings in \d+ packages?\.", ended.text), shown
        document = json.loads(ended.files["report.json"])
        assert any(gap["blind"] for gap in document["gaps"]), "the JSON does not say it"
    assert ended.mebibytes < one.mebibytes, f"{ended.mebibytes:.0f} MiB"


def test_every_attack_is_told_by_its_own_sentence() -> None:
    assert len({one.attack for one in EVILS}) == len(EVILS) > 40


# ------------------------------------------------------------------------------------------- what was believed once, and is not now


@pytest.mark.parametrize("kind", ["archive", "layout"])
def test_a_known_image_whose_bytes_were_changed_is_not_believed(tmp_path: Path, feeds: Path, kind: str) -> None:
    """The first scan remembers what it saw; then other bytes stand under the same configuration, at the same path and at another one."""
    good, bad = im.Layer(evil.alpine()), im.Layer([*evil.alpine(), im.file("usr/bin/implant", b"\x7fELF")])
    config = im.make_config([good], config={"User": "65532"})
    first = evil.archive(tmp_path, good, raw_config=config) if kind == "archive" else str(evil.layout(tmp_path, good, raw_config=config).path)
    for _ in range(2):
        assert run(tmp_path, Given(first), feeds).code == 0
    (tmp_path / "other").mkdir()
    if kind == "archive":
        second = evil.archive(tmp_path / "other", bad, raw_config=config)
        was = os.stat(first)
        Path(first).write_bytes(Path(second).read_bytes())
        os.utime(first, ns=(was.st_atime_ns, was.st_mtime_ns))
    else:
        made = evil.layout(tmp_path / "other", bad, raw_config=config)
        second = str(made.path)
        stored = Path(first) / "blobs" / "sha256" / im.digest(im.compress(good.tar, "gzip")).removeprefix("sha256:")
        stored.write_bytes(evil.blob(made, made.blobs[0]).read_bytes())
    for lying in (first, second):
        ended = run(tmp_path, Given(lying), feeds)
        assert ended.code == 2, ended.text
        assert re.search(r"not what its digest says|more bytes than|ends after", ended.text), ended.text


NPM = im.file("a/node_modules/evil/package.json", '{"name":"evil","version":"1.0.0"}')


def inspect(reference: str | Path, data: Path) -> Inventory:
    return inspection.inspect(inspection.Request(str(reference), datetime.fromtimestamp(evil.NOW, UTC), data, kinds=frozenset()))


@pytest.mark.parametrize("outer", ["none", "gzip"])
def test_a_flipped_byte_is_found_or_changes_nothing(tmp_path: Path, outer: str) -> None:
    """In-process and without a cache: one byte of an archive differs. An error of ours, or the same packages; never another exception."""
    path = tmp_path / "image.tar"
    im.make_docker_archive(path, [im.Layer(evil.alpine(("busybox", "1.36.1-r2")))], outer=outer)
    whole = path.read_bytes()
    truth = inspect(path, tmp_path / "data")
    seen = 0
    for at in random.Random(7).sample(range(len(whole)), 150):
        changed = tmp_path / f"{at}.tar"
        changed.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        try:
            found = inspect(changed, tmp_path / f"data-{at}")
        except PratiqueError as error:
            assert error.remedy, error.message
            seen += 1
        else:
            assert found.packages == truth.packages, at
        changed.unlink()
    assert seen > 20


def test_every_cut_of_a_layer_is_said(tmp_path: Path) -> None:
    """In-process: a layer's tar ends anywhere; its digests are right. Within a member or a block that is blind; between two, engines take it."""
    entries = [*evil.alpine(), NPM, im.symlink("b", "a"), im.file("c", b"c" * 700)]
    whole = im.Layer(entries).tar
    with tarfile.open(fileobj=io.BytesIO(whole)) as truth:
        spans = [(member.offset, member.offset_data + member.size) for member in truth.getmembers()]
    for cut in range(0, spans[-1][1] + 600, 100):
        path = tmp_path / f"{cut}.tar"
        im.make_docker_archive(path, [im.Layer(raw=whole[:cut])])
        ids = {gap.id: gap.blind for gap in inspect(path, tmp_path / "data").gaps if gap.id in {"layer-truncated", "end-missing"}}
        within = any(start < cut < end for start, end in spans) or (cut > spans[-1][1] + -spans[-1][1] % 512 and cut % 512 > 0)
        assert ids == ({"layer-truncated": True} if within else {"end-missing": False}), cut
        path.unlink()


def test_a_damaged_cache_gives_no_other_answer(tmp_path: Path) -> None:
    """In-process: bytes of the evidence cache differ. The answer is that of a new cache, and the next scan is fast again."""
    path = evil.archive(
        tmp_path, evil.alpine(("busybox", "1.36.1-r2")), [im.file("a/node_modules/evil/package.json", '{"name":"evil","version":"1.0.0"}')]
    )
    truth = inspect(path, tmp_path / "data")
    cache = tmp_path / "data" / "evidence.sqlite"
    whole = cache.read_bytes()
    assert len(whole) > 20_000
    for number in range(60):
        noise = random.Random(number)
        at = noise.randrange(len(whole) - 64)
        for suffix in ("-wal", "-shm"):
            Path(f"{cache}{suffix}").unlink(missing_ok=True)
        cache.write_bytes(whole[:at] + noise.randbytes(64) + whole[at + 64 :])
        found = inspect(path, tmp_path / "data")
        assert found.packages == truth.packages, number
        assert {gap.id for gap in found.gaps} <= {"cache-unusable"}, found.gaps
