"""The house keeps its shape: the contracts refuse what they forbid, leaves declare one thing, nothing of the workshop leaks into the product."""

from __future__ import annotations

import ast
import importlib
import os
import pkgutil
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import CI, ROOT

from pratique.advisories.feed import Feed
from pratique.catalog.ecosystem import Ecosystem
from pratique.checks.check import DatedCheck, DockerfileCheck, FileCheck, ImageCheck, Reported, TreeCheck
from pratique.checks.secret import SecretRules
from pratique.leaves import leaves
from pratique.report.format import Format

SOURCE = ROOT / "src" / "pratique"
LINT = Path(sys.executable).with_name("lint-imports")
PURE = ("errors.py", "model.py", "formats", "dockerfile", "catalog", "ecosystems", "checks", "matching", "advisories/feed.py", "advisories/feeds")
"""What decides: it takes bytes, values and `now`, and nothing else."""


# ------------------------------------------------------------------------------------------------------------------ contracts


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source in which violations can be planted."""
    root = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", root)
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return root


def judged(root: Path) -> subprocess.CompletedProcess[str]:
    assert LINT.exists(), "lint-imports is not in this environment: make setup"
    env = {**os.environ, "PYTHONPATH": str(root / "src"), "COLUMNS": "200"}
    return subprocess.run([LINT, "--no-cache", "--no-logo"], cwd=root, env=env, capture_output=True, text=True, check=False)


def test_the_contracts_hold_as_the_house_stands(copy: Path) -> None:
    verdict = judged(copy)
    assert verdict.returncode == 0, verdict.stdout
    assert "0 broken" in verdict.stdout


UP = "Imports only go down"
DOORS = "What decides does no input or output"
SIDEWAYS = "Leaves do not know each other"


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("model.py", "import pratique.report", UP),
        ("formats/tar.py", "import pratique.image.source", UP),
        ("catalog/observer.py", "import pratique.ecosystems", UP),
        ("matching/match.py", "def late():\n    from pratique.store import evidence\n    return evidence", UP),
        ("report/format.py", "import pratique.inspection", UP),
        ("store/evidence.py", "import pratique.report.format", UP),
        ("utils/__init__.py", "", UP),
        ("formats/tar.py", "import sqlite3", DOORS),
        ("catalog/coalesce.py", "import subprocess", DOORS),
        ("matching/match.py", "def late():\n    import httpx2\n    return httpx2", DOORS),
        ("checks/check.py", "from http.client import HTTPConnection", DOORS),
        ("advisories/feeds/osv.py", "import pratique.advisories.fetch", DOORS),
        ("advisories/feeds/osv.py", "import pratique.advisories.feeds.kev", SIDEWAYS),
        ("ecosystems/debian.py", "import pratique.ecosystems.pypi", SIDEWAYS),
        ("checks/secrets/private_key.py", "import pratique.checks.hardening.user_root", SIDEWAYS),
        ("report/sarif.py", "import pratique.report.cyclonedx", SIDEWAYS),
    ],
)
def test_a_planted_violation_is_refused(copy: Path, module: str, statement: str, contract: str) -> None:
    path = copy / "src" / "pratique" / module
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{before or ''}\n{statement}\n")
    try:
        verdict = judged(copy)
    finally:
        if before is None:
            shutil.rmtree(path.parent)
        else:
            path.write_text(before)
    assert verdict.returncode != 0
    assert f"{contract} BROKEN" in re.sub(r"\s+", " ", verdict.stdout)


# ----------------------------------------------------------------------------------------------------------- what decides


def pure_modules() -> Iterator[Path]:
    for name in PURE:
        path = SOURCE / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else (path,)


IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "__import__"}
IMPURE_NAMES = {
    "os": {"environ", "getenv", "system", "popen", "listdir", "scandir", "walk", "stat", "open", "remove", "unlink"},
    "time": {"time", "time_ns", "localtime", "gmtime"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "Path": {"cwd", "home"},
    "urllib": {"request"},
}
IMPURE_METHODS = {"read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "unlink", "mkdir", "urlopen"}


def impurities(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_CALLS:
                yield f"{node.lineno}: {name}()"
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if name in IMPURE_NAMES.get(owner, ()):
                yield f"{node.lineno}: {owner}.{name}"
            case ast.Call(func=ast.Attribute(attr=name)) if name in IMPURE_METHODS:
                yield f"{node.lineno}: .{name}()"
            case ast.ImportFrom(module="urllib.request" | "os" | "time" | "random" | "secrets"):
                yield f"{node.lineno}: from {node.module}"


@pytest.mark.parametrize("path", list(pure_modules()), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_what_decides_reads_no_file_clock_or_environment(path: Path) -> None:
    assert not list(impurities(ast.parse(path.read_text())))


@pytest.mark.parametrize("line", ["open('x')", "os.environ['A']", "datetime.now(UTC)", "path.read_bytes()", "from urllib.request import urlopen"])
def test_an_impure_line_is_seen(line: str) -> None:
    assert list(impurities(ast.parse(line)))


# ----------------------------------------------------------------------------------------------------------------- leaves


def modules(package: str) -> list[str]:
    root = importlib.import_module(package)
    return [info.name for info in pkgutil.walk_packages(root.__path__, f"{package}.") if not info.ispkg]


def declared(module: str, kind: type | tuple[type, ...]) -> list[object]:
    return [value for value in vars(importlib.import_module(module)).values() if isinstance(value, kind)]


SHAPES = {
    "pratique.checks.recipe",  # shared by rules of Dockerfiles
    *(f"pratique.checks.{name}" for name in ("check", "cis", "context", "literals", "search", "secret", "specimen", "structure", "sweep")),
}
"""Modules among leaves that say what a leaf is, or join what several say."""
EVERY_MODULE_IS_A_LEAF = {
    "pratique.ecosystems": Ecosystem,
    "pratique.advisories.feeds": Feed,
    "pratique.checks": (DatedCheck, DockerfileCheck, FileCheck, ImageCheck, Reported, SecretRules, TreeCheck),
}


@pytest.mark.parametrize(
    ("module", "kind"),
    [(module, kind) for package, kind in EVERY_MODULE_IS_A_LEAF.items() for module in modules(package) if module not in SHAPES],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_leaf_declares_one_thing(module: str, kind: type) -> None:
    assert len(declared(module, kind)) == 1


@pytest.mark.parametrize("module", modules("pratique.report"))
def test_a_module_of_reports_declares_at_most_one_format(module: str) -> None:
    assert len(declared(module, Format)) <= 1


@pytest.mark.parametrize(
    ("package", "kind"), [("pratique.checks", (DatedCheck, DockerfileCheck, FileCheck, ImageCheck, Reported, TreeCheck)), ("pratique.report", Format)]
)
def test_an_id_is_the_name_of_its_file(package: str, kind: type) -> None:
    found = [(module.rpartition(".")[2], leaf.id) for module in modules(package) for leaf in declared(module, kind)]  # type: ignore[attr-defined]
    assert found
    assert [(name, leaf) for name, leaf in found if name.removesuffix("_").replace("_", "-") != leaf] == []


@pytest.mark.parametrize(("package", "kind", "key"), [("pratique.advisories.feeds", Feed, "id"), ("pratique.ecosystems", Ecosystem, "type")])
def test_no_two_leaves_have_one_name(package: str, kind: type, key: str) -> None:
    names = [getattr(leaf, key) for leaf in leaves(package, kind)]
    assert names
    assert len(names) == len(set(names))


# ------------------------------------------------------------------------------------------------------------------- leaks


def tracked() -> Iterator[tuple[str, str]]:
    """Every text of the project, as `git` knows it."""
    if not (ROOT / ".git").exists():
        if CI:
            pytest.fail("CI works on a clone")
        pytest.skip("this is no clone: git cannot say which files are the project's")
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file():
            data = path.read_bytes()
            assert len(data) < 1 << 20, f"{name} is large: what is generated or fetched does not belong here"
            yield name, data.decode("utf-8", "replace")


def test_nothing_names_this_machine_or_a_package_registry() -> None:
    hosts = (
        ("pythonhosted", "org"),
        ("pypi", "org"),
        ("registry.npmjs", "org"),
        ("deb.debian", "org"),
        ("proxy.golang", "org"),
        ("crates", "io/api"),
    )
    foreign = [*(".".join(host) for host in hosts), *(f"{ROOT}/{name}" for name in ("src", "tests", ".venv"))]
    hits = [(name, word) for name, text in tracked() for word in foreign if word in text]
    assert hits == []


# ----------------------------------------------------------------------------------------------------------------- promises


def test_every_word_of_the_makefile_is_there() -> None:
    rules = set(re.findall(r"^([a-z]+):", ROOT.joinpath("Makefile").read_text(), re.MULTILINE))
    assert {"setup", "demo", "test", "lint", "shape", "bench", "docs"} <= rules


def test_every_requirement_is_locked_by_digest() -> None:
    for path in sorted(ROOT.glob("requirements/*.txt")):
        requirements = [line for line in path.read_text().splitlines() if line and not line.startswith((" ", "#"))]
        assert requirements, path.name
        assert [line for line in requirements if "==" not in line or not line.endswith("\\")] == [], path.name


def test_the_locks_hold_what_the_project_declares() -> None:
    project = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())
    declared_by = {
        "core": project["project"]["dependencies"],
        "dev": [*project["project"]["dependencies"], *project["dependency-groups"]["dev"], *project["build-system"]["requires"]],
        **project["project"]["optional-dependencies"],
    }
    for lock, requirements in declared_by.items():
        locked = {normal(name) for name in re.findall(r"^([\w.-]+)==", ROOT.joinpath("requirements", f"{lock}.txt").read_text(), re.MULTILINE)}
        wanted = {normal(re.split(r"[\[<>=; ]", requirement, maxsplit=1)[0]) for requirement in requirements}
        assert wanted <= locked, lock


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())
    page = ROOT.joinpath("docs", "adr", "0002-dependencies.md").read_text()
    every = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = [re.split(r"[\[<>=; ]", requirement, maxsplit=1)[0] for requirement in every]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_the_generated_pages_are_those_of_the_code() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    pages = dict(made["pages"]())
    assert {path.name for path in made["FOLDER"].glob("*.md")} == set(pages), "make docs"
    assert [name for name, text in pages.items() if made["FOLDER"].joinpath(name).read_text() != text] == [], "make docs"


LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


@pytest.mark.parametrize("page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")]), ids=lambda path: path.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []


def test_help_loads_nothing_slow() -> None:
    program = """
import sys
from pratique.cli.main import main
sys.argv = ["pratique", "--help"]
try:
    main()
except SystemExit:
    print(*sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert "pratique.cli.main" in loaded
    assert not loaded & {"httpx2", "rich", "asyncio", "univers", "cvss", "packageurl", "sqlite3", "pratique.inspection", "email", "xml"}
