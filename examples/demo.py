"""Makes a real image of several layers without a container engine, scans it, and shows the report. `make demo` runs it.

The image is what a Dockerfile such as this one would leave (its instructions are in the image's history):

    FROM demo-base                                    # Debian 11's root file system in small: os-release and package database, written by hand
    RUN apt-get install -y python3.9 python3-yaml
    RUN pip install Django==2.2 …                     # real old wheels from PyPI
    COPY deploy.key /root/.ssh/deploy.key             # a key made for this run
    RUN pip install -r private.txt && rm /root/.ssh/deploy.key
    COPY . /srv/shop                                  # the application, with a package vendored into it
    USER root
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import os
import secrets
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "demo"
FACTS = ROOT / "examples" / "demo-advisories"
FACTS_OF = "2026-11-22"
SHARED = ROOT.parent / "shared" / "feeds"
PRATIQUE = Path(sys.executable).with_name("pratique")

sys.path.insert(0, str(ROOT / "tests"))
from image_maker import Entry, Layer, Made, Nothing, Step, file, folder, make_oci_layout, whiteout  # noqa: E402

SITE = "usr/local/lib/python3.9/dist-packages"
INSTALLED = ("Django==2.2", "requests==2.19.1", "urllib3==1.24.1", "Jinja2==2.10", "MarkupSafe==1.1.1", "Pillow==8.0.0")
"""Old versions on purpose; wheels that run on the Python of the demo's base."""
VENDORED = "urllib3==1.24.1"

BASE = {
    # name: (version, source package, architecture), as Debian 11 first shipped them
    "base-files": ("11.1", "", "amd64"),
    "libc6": ("2.31-13", "glibc", "amd64"),
    "libssl1.1": ("1.1.1k-1", "openssl", "amd64"),
    "libgnutls30": ("3.7.1-5", "gnutls28", "amd64"),
    "zlib1g": ("1:1.2.11.dfsg-2", "zlib", "amd64"),
    "liblzma5": ("5.2.5-2", "xz-utils", "amd64"),
    "gzip": ("1.10-4", "", "amd64"),
    "tar": ("1.34+dfsg-1", "", "amd64"),
    "dpkg": ("1.20.9", "", "amd64"),
    "apt": ("2.2.4", "", "amd64"),
    "bash": ("5.1-2+b3", "bash (5.1-2)", "amd64"),
}
ADDED = {
    "python3.9": ("3.9.2-1", "", "amd64"),
    "libpython3.9-stdlib": ("3.9.2-1", "python3.9", "amd64"),
    "libexpat1": ("2.2.10-2", "expat", "amd64"),
    "libsqlite3-0": ("3.34.1-3", "sqlite3", "amd64"),
    "python3-yaml": ("5.3.1-5", "pyyaml", "amd64"),
}
OS_RELEASE = """PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"
NAME="Debian GNU/Linux"
VERSION_ID="11"
VERSION="11 (bullseye)"
VERSION_CODENAME=bullseye
ID=debian
"""
YAML = "usr/lib/python3/dist-packages"

Packages = dict[str, tuple[str, str, str]]


# --------------------------------------------------------------------------------------------------------------------- image


def status(packages: Packages) -> str:
    """The package database of dpkg (deb822 paragraphs)."""
    return "\n".join(
        f"Package: {name}\nStatus: install ok installed\nMaintainer: Demo <demo@example.org>\nArchitecture: {arch}\n"
        + (f"Source: {source}\n" if source else "")
        + f"Version: {version}\nDescription: an entry of the demo's base\n"
        for name, (version, source, arch) in packages.items()
    )


def base() -> list[Step]:
    """The base image: a root file system in small."""
    return [
        Layer(
            file("etc/os-release", OS_RELEASE),
            file("etc/debian_version", "11.0\n"),
            file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n"),
            file("var/lib/dpkg/status", status(BASE)),
            *(file(f"var/lib/dpkg/info/{name}.list", f"/.\n/usr/share/doc/{name}\n") for name in BASE),
            instruction="ADD demo-base.tar.xz / # buildkit",
        ),
        Nothing('CMD ["bash"]'),
    ]


def application(wheels: Path) -> list[Step]:
    """What the Dockerfile puts above its base."""
    yaml = f"{YAML}/PyYAML-5.3.1.egg-info"
    seed = bytes.fromhex("302e020100300506032b657004220420") + secrets.token_bytes(32)  # an Ed25519 key in PKCS #8 (RFC 8410, 10.3)
    key = f"-----BEGIN PRIVATE KEY-----\n{base64.b64encode(seed).decode()}\n-----END PRIVATE KEY-----\n"
    return [
        Layer(
            file("var/lib/dpkg/status", status(BASE | ADDED)),
            *(file(f"var/lib/dpkg/info/{name}.list", f"/.\n/usr/share/doc/{name}\n") for name in ADDED if name != "python3-yaml"),
            file("var/lib/dpkg/info/python3-yaml.list", f"/.\n/{YAML}\n/{yaml}\n/{YAML}/yaml/__init__.py\n"),
            file(yaml, "Metadata-Version: 1.1\nName: PyYAML\nVersion: 5.3.1\nLicense: MIT\n"),
            file(f"{YAML}/yaml/__init__.py", "__version__ = '5.3.1'\n"),
            instruction="RUN /bin/sh -c apt-get update && apt-get install -y python3.9 python3-yaml # buildkit",
        ),
        Layer(unpacked(wheels, INSTALLED, SITE), instruction=f"RUN /bin/sh -c pip install {' '.join(INSTALLED)} # buildkit"),
        Layer(
            folder("root/.ssh", mode=0o700),
            file("root/.ssh/deploy.key", key, mode=0o600),
            instruction="COPY deploy.key /root/.ssh/deploy.key # buildkit",
        ),
        Layer(
            whiteout("root/.ssh/deploy.key"),
            file("srv/settings.ini", "[shop]\ndebug = no\n"),
            instruction="RUN /bin/sh -c fetch-settings --key /root/.ssh/deploy.key && rm /root/.ssh/deploy.key # buildkit",
        ),
        Layer(
            file("srv/shop/app.py", "from django.core.wsgi import get_wsgi_application\n\napplication = get_wsgi_application()\n"),
            unpacked(wheels, (VENDORED,), "srv/shop/vendor"),
            instruction="COPY . /srv/shop # buildkit",
        ),
        Nothing("USER root"),
        Nothing('CMD ["python3.9", "/srv/shop/app.py"]'),
    ]


def unpacked(wheels: Path, requirements: Iterable[str], prefix: str) -> Iterator[Entry]:
    """The files of wheels as `pip install` lays them (PEP 427), in one folder."""
    for requirement in requirements:
        name, _, version = requirement.partition("==")
        (wheel,) = wheels.glob(f"{name.replace('-', '_')}-{version}-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for item in archive.infolist():
                if not item.is_dir():
                    yield file(f"{prefix}/{item.filename}", archive.read(item))


def download(requirements: Iterable[str], into: Path) -> None:
    """Fetch wheels with pip, as anybody would; what is there is kept. Exits with what to do where PyPI cannot be reached."""
    missing = [one for one in requirements if not list(into.glob(f"{one.replace('==', '-')}-*.whl"))]
    if not missing:
        return
    print(f"Fetching {', '.join(missing)} from PyPI with pip …", flush=True)
    platforms = [f"--platform={name}_x86_64" for name in ("manylinux1", "manylinux2010", "manylinux2014")]
    target = ["--python-version=3.9", "--implementation=cp", "--abi=cp39", "--abi=abi3", "--abi=none", *platforms]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
    done = subprocess.run([*pip, *target, "--dest", str(into), *missing], capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        sys.exit(
            f"The demo's packages could not be fetched from PyPI: {said[-1] if said else 'pip said nothing'}\n"
            "Connect this machine to PyPI, or name a mirror of it in PIP_INDEX_URL, and run `make demo` again;\n"
            f"or put these wheels into {into.relative_to(ROOT)}/: {', '.join(missing)};\n"
            "or scan an image you have: make demo IMAGE=app.tar"
        )


def make() -> tuple[Made, Made]:
    """Make the base image and the demo image as OCI layouts; return both."""
    wheels = BUILD / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    download(INSTALLED, wheels)
    for name in ("base", "image"):
        shutil.rmtree(BUILD / name, ignore_errors=True)
    settings = {"User": "root", "WorkingDir": "/srv/shop", "Cmd": ["python3.9", "/srv/shop/app.py"], "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"]}
    below = base()
    return make_oci_layout(BUILD / "base", below), make_oci_layout(BUILD / "image", [*below, *application(wheels)], config=settings)


# ---------------------------------------------------------------------------------------------------------------- advisories


def advisories(asked: str | None) -> tuple[list[str], str]:
    """Where the advisories come from: the arguments for `pratique scan`, and a sentence that says so."""
    if asked:
        return ["--feeds", asked], f"Advisories: the mirror {asked}{ages(Path(asked))}."
    if SHARED.joinpath("index.json").exists():
        beside = os.path.relpath(SHARED, ROOT)
        return ["--feeds", beside], f"Advisories: the mirror {beside}{ages(SHARED)}."
    if reachable():
        return [], "Advisories: from their publishers, fetched now (kept for the next run)."
    mirror = demo_mirror(BUILD / "advisories")
    return ["--feeds", str(mirror.relative_to(ROOT))], (
        f"Advisories: no publisher could be reached. These are demo data of {FACTS_OF} (examples/demo-advisories):\n"
        "a few facts on this very image, nothing else. "
        "Give a mirror with FEEDS=…, or connect this machine, for a real answer."
    )


def ages(mirror: Path) -> str:
    """How old the data of a mirror folder is, for the feeds that the demo's image needs."""
    try:
        partitions = json.loads(mirror.joinpath("index.json").read_bytes())["partitions"]
    except (OSError, ValueError, KeyError):
        return ""
    today = date.today()  # noqa: DTZ011 - said to a person, in the days of their calendar
    said = []
    for wanted in (("osv", "PyPI"), ("debian-tracker", "debian"), ("kev", ""), ("endoflife", "")):
        entry = next((one for one in partitions if (one["feed"], one["partition"]) == wanted), None)
        if entry and entry["data_date"]:
            days = (today - date.fromisoformat(entry["data_date"])).days
            whole = "" if entry["complete"] else ", not whole"
            said.append(f"{'/'.join(filter(None, wanted))} of {entry['data_date']} ({days} days old{whole})")
    return f": {'; '.join(said)}" if said else ""


def reachable() -> bool:
    """Whether the publisher of the PyPI advisories answers."""
    import httpx2

    from pratique.advisories.feeds.osv import FEED

    try:
        return httpx2.head(FEED.url("PyPI"), timeout=5, follow_redirects=True).is_success
    except (httpx2.HTTPError, OSError):
        return False


def demo_mirror(target: Path) -> Path:
    """Turn the demo's facts into a mirror with an `index.json`."""
    target.mkdir(parents=True, exist_ok=True)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for record in json.loads(FACTS.joinpath("osv-PyPI.json").read_bytes()):
            archive.writestr(f"{record['id']}.json", json.dumps(record))
    lifecycles = io.BytesIO()
    with zipfile.ZipFile(lifecycles, "w") as archive:
        archive.writestr("api/debian.json", FACTS.joinpath("endoflife-debian.json").read_bytes())
    files = {
        ("osv", "PyPI", "osv-PyPI.zip"): packed.getvalue(),
        ("debian-tracker", "debian", "debian-tracker.json"): FACTS.joinpath("debian-tracker.json").read_bytes(),
        ("kev", "", "kev.json"): FACTS.joinpath("kev.json").read_bytes(),
        ("endoflife", "", "endoflife.zip"): lifecycles.getvalue(),
    }
    partitions = []
    for (feed, partition, path), data in files.items():
        target.joinpath(path).write_bytes(data)
        known = {"sha256": hashlib.sha256(data).hexdigest(), "fetched_at": f"{FACTS_OF}T00:00:00Z", "data_date": FACTS_OF}
        partitions.append({"feed": feed, "partition": partition, "path": path, **known, "complete": False, "origin": "selection"})
    comment = "Demo data: a few facts on the demo's own packages. What is not named here is unknown, not safe."
    target.joinpath("index.json").write_text(json.dumps({"version": 1, "comment": comment, "partitions": partitions}, indent=1))
    return target


# ---------------------------------------------------------------------------------------------------------------------- main


def main() -> int:
    """Make, scan, explain."""
    parser = argparse.ArgumentParser(description="Make a real image, scan it and show the report.")
    parser.add_argument("image", nargs="?", help="scan this image instead of the demo's")
    parser.add_argument("--feeds", help="a mirror of advisory data, folder or URL")
    options = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    target = [options.image]
    if options.image is None:
        made, below = make()[1], BUILD.relative_to(ROOT) / "base"
        image = made.path.relative_to(ROOT)
        print(f"Made {image}: {len(made.diff_ids)} layers, {sum(blob.stat().st_size for blob in made.path.rglob('*') if blob.is_file()) >> 20} MiB.")
        print("Its base holds a hand-written package database in the form of Debian 11 (demo data); the Python packages are real.")
        target = [f"oci:{image}", "--base", f"oci:{below}"]
    arguments, said = advisories(options.feeds)
    print(said)
    command = ["scan", *target, *arguments]
    print(f"\n$ pratique {' '.join(command)}\n", flush=True)
    environment = {"PRATIQUE_DATA": str(BUILD / "data"), **os.environ}
    code = subprocess.run([PRATIQUE, *command], cwd=ROOT, env=environment, check=False).returncode
    meaning = {
        0: "a report, and nothing was asked of it",
        1: "denied",
        2: "no report",
        3: "a report, with something that could not be told: see the gaps above",
    }
    print(f"\npratique ended with {code}: {meaning.get(code, 'unexpected')}.")
    return 0 if code in (0, 1, 3) else code


if __name__ == "__main__":
    sys.exit(main())
