"""Packages of languages, installed by their own tools over several layers and seen through the command line, against what these tools list."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import need
from image_maker import Layer, Nothing, file, make_docker_archive
from packaging.utils import canonicalize_name
from product import Component, components, run, spdx_components, table
from snapshots import Snapshots

BASE = Layer(file("etc/passwd", "root:x:0:0::/:/bin/sh\n"), instruction="ADD rootfs.tar / # buildkit")


def found(documents: dict[str, Any], kind: str) -> list[Component]:
    """Return the packages of one type, which CycloneDX and SPDX list alike."""
    listed = components(documents["cyclonedx"], kind)
    assert table([(one.name, one.version, *one.locations) for one in spdx_components(documents["spdx"], kind)]) == table(
        [(one.name, one.version, *one.locations) for one in listed]
    )
    for one in listed:
        assert one.purl.version == one.version
    return listed


def below(listed: list[Component], folder: str) -> list[Component]:
    return [one for one in listed if one.locations[0].startswith(f"{folder}/")]


def removed(documents: dict[str, Any], kind: str) -> set[tuple[str, str, int, str | None]]:
    """Return what a later layer took away: name, version, layer and instruction."""
    return {(one.name, one.version, one.layer, one.instruction) for one in components(documents["cyclonedx"], kind, visible=False)}


# ------------------------------------------------------------------------------------------------------------------- Python


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path, Path]:
    """An image with a virtual environment that pip installed into, upgraded and removed from, and a `--target` folder; the folders themselves."""
    folder = tmp_path_factory.mktemp("python")
    environment = Snapshots(folder / "venv", "opt/venv/")
    target = Snapshots(folder / "vendor", "srv/app/vendor/")

    def pip(*words: str | Path) -> None:
        options = ["--disable-pip-version-check", "--no-input", "-q"]
        subprocess.run([folder / "venv/bin/python", "-m", "pip", *words, *options], check=True, capture_output=True, timeout=300)

    def install(*words: str | Path) -> None:
        pip("install", "--no-compile", "--only-binary=:all:", *words)

    steps: list[Layer | Nothing] = [BASE]
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True, timeout=120)
    steps.append(environment.layer("RUN /bin/sh -c python -m venv /opt/venv # buildkit"))
    install("requests==2.31.0", "idna==3.4", "PyYAML==6.0.1", "zope.interface==6.1")
    steps += [Nothing("ENV PATH=/opt/venv/bin"), environment.layer("RUN /bin/sh -c pip install -r requirements.txt # buildkit")]
    install("--upgrade", "idna==3.7")
    steps.append(environment.layer("RUN /bin/sh -c pip install --upgrade idna # buildkit"))
    pip("uninstall", "-y", "PyYAML")
    steps += [environment.layer("RUN /bin/sh -c pip uninstall -y PyYAML # buildkit"), Nothing("USER nobody")]
    install("--target", folder / "vendor", "six==1.16.0", "idna==3.4", "ruamel.yaml==0.18.5")
    steps.append(target.layer("COPY vendor /srv/app/vendor # buildkit"))
    made = make_docker_archive(folder / "app.tar", steps, outer="gzip")
    return run("sbom", made.path, data=folder / "data"), next((folder / "venv/lib").glob("*/site-packages")), folder / "vendor"


def pip_list(folder: Path) -> list[tuple[str, ...]]:
    command = [sys.executable, "-m", "pip", "list", "--disable-pip-version-check", "--format", "json", "--path", str(folder)]
    listed = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)
    return table([(canonicalize_name(one["name"]), one["version"]) for one in listed])


def test_python_equals_pip_list(python: tuple[dict[str, Any], Path, Path]) -> None:
    documents, site, vendor = python
    listed = found(documents, "pypi")
    own = [one for one in listed if "/_vendor/" not in one.locations[0]]  # what pip carries inside itself, pip does not list
    assert table([(one.name, one.version) for one in below(own, "opt/venv")]) == pip_list(site)
    assert table([(one.name, one.version) for one in below(own, "srv/app/vendor")]) == pip_list(vendor)
    assert len(own) == len(pip_list(site)) + len(pip_list(vendor))
    assert len(pip_list(site)) >= 8
    assert {one["type"] for one in documents["json"]["packages"]} == {"pypi"}
    assert not documents["json"]["blind"]


def test_python_packages_are_of_the_layer_that_installed_them(python: tuple[dict[str, Any], Path, Path]) -> None:
    documents, _, _ = python
    layers = {(one.name, one.version, one.locations[0].partition("/")[0]): (one.layer, one.instruction) for one in found(documents, "pypi")}
    requirements, upgrade = (2, "RUN pip install -r requirements.txt"), (3, "RUN pip install --upgrade idna")
    assert layers["requests", "2.31.0", "opt"] == requirements
    assert layers["zope-interface", "6.1", "opt"] == requirements
    assert layers["idna", "3.7", "opt"] == upgrade
    assert layers["idna", "3.4", "srv"] == layers["six", "1.16.0", "srv"] == (5, "COPY vendor /srv/app/vendor")
    assert removed(documents, "pypi") == {("idna", "3.4", *requirements), ("pyyaml", "6.0.1", *requirements)}


# ---------------------------------------------------------------------------------------------------------------------- npm


@pytest.fixture(scope="module")
def npm(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """An image with modules that npm installed, upgraded and removed; the project's folder."""
    program = need("npm")
    folder = tmp_path_factory.mktemp("npm")
    project = folder / "project"
    project.mkdir()
    (project / "package.json").write_text('{"name": "shop", "version": "1.0.0", "private": true}')
    taken = Snapshots(project, "srv/shop/")
    environ = os.environ | {"npm_config_update_notifier": "false", "npm_config_audit": "false", "npm_config_fund": "false"}

    def run_npm(*words: str) -> None:
        command = [program, *words, "--ignore-scripts", "--no-progress"]
        subprocess.run(command, cwd=project, env=environ, check=True, capture_output=True, timeout=300)

    steps: list[Layer | Nothing] = [BASE, taken.layer("COPY package.json /srv/shop/ # buildkit")]
    run_npm("install", "express@4.17.1", "debug@2.6.8", "left-pad@1.3.0", "@babel/code-frame@7.22.13", "old-ms@npm:ms@0.7.1")
    steps += [taken.layer("RUN /bin/sh -c npm ci # buildkit"), Nothing("ENV NODE_ENV=production")]
    run_npm("install", "debug@4.3.4")
    steps.append(taken.layer("RUN /bin/sh -c npm install debug@4.3.4 # buildkit"))
    run_npm("uninstall", "left-pad")
    steps.append(taken.layer("RUN /bin/sh -c npm uninstall left-pad # buildkit"))
    made = make_docker_archive(folder / "app.tar", steps, style="oci")
    return run("sbom", made.path, data=folder / "data"), project


def modules(node: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield name, version and folder of every module below a node of `npm ls --json --long`; each may stand there more than once."""
    for module in node.get("dependencies", {}).values():
        if "path" in module:
            yield module["name"], module["version"], module["path"]
        yield from modules(module)


def test_npm_equals_npm_ls(npm: tuple[dict[str, Any], Path]) -> None:
    documents, project = npm
    command = [need("npm"), "ls", "--all", "--json", "--long"]
    tree = json.loads(subprocess.run(command, cwd=project, check=True, capture_output=True, timeout=120).stdout)
    truth = table(list({(name, version, f"srv/shop/{Path(path).relative_to(project)}/package.json") for name, version, path in modules(tree)}))
    listed = found(documents, "npm")
    assert len(truth) > 60
    assert table([(one.name, one.version, *one.locations) for one in listed]) == truth
    assert {(one["type"]) for one in documents["json"]["packages"]} == {"npm"}


def test_npm_modules_are_of_the_layer_that_installed_them(npm: tuple[dict[str, Any], Path]) -> None:
    documents, _ = npm
    first, upgrade = (2, "RUN npm ci"), (3, "RUN npm install debug@4.3.4")
    top = {one.name: (one.version, one.layer, one.instruction) for one in found(documents, "npm") if one.locations[0].count("node_modules/") == 1}
    assert top["express"] == ("4.17.1", *first)
    assert top["@babel/code-frame"] == ("7.22.13", *first)
    assert top["debug"] == ("4.3.4", *upgrade)
    assert ("left-pad", "1.3.0", *first) in removed(documents, "npm")
    assert ("debug", "2.6.8", *first) in removed(documents, "npm")


# ----------------------------------------------------------------------------------------------------------------------- Go

SOURCE = {
    "go.mod": "module example.com/Team/app\ngo 1.21\nrequire (\n\tgithub.com/BurntSushi/toml v1.3.2\n\tgolang.org/x/text v0.14.0\n)\n"
    "replace golang.org/x/text => golang.org/x/text v0.13.0\n",
    "main.go": 'package main\nimport ("github.com/BurntSushi/toml"; "golang.org/x/text/language")\n'
    'func main() { var v map[string]any; _, err := toml.Decode("a=1", &v); println(err, language.English.String()) }\n',
}


def test_go_equals_go_version_m(tmp_path: Path) -> None:
    go = need("go", "golang-go")
    environ = {k: v for k, v in os.environ.items() if not k.startswith("GO") or k in {"GOPROXY", "GOMODCACHE", "GOPATH", "GOCACHE", "GOSUMDB"}}
    environ |= {"GOFLAGS": "", "CGO_ENABLED": "0"}
    for name, text in SOURCE.items():
        (tmp_path / name).write_text(text)
    subprocess.run([go, "mod", "tidy"], cwd=tmp_path, env=environ, check=True, timeout=200, capture_output=True)
    build = [go, "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", "app", "."]
    subprocess.run(build, cwd=tmp_path, env=environ, check=True, timeout=300)
    said = subprocess.run([go, "version", "-m", "app"], cwd=tmp_path, env=environ, check=True, capture_output=True, text=True).stdout
    truth: list[tuple[str, str]] = []
    for line in said.splitlines():
        match line.strip("\t").split("\t"):
            case ["mod" | "dep", path, version, *_]:
                truth.append((path, version))
            case ["=>", path, version, *_]:
                truth[-1] = path, version
    toolchain = said.partition(": go")[2].split()[0]
    truth.append(("stdlib", toolchain if toolchain.count(".") == 2 else f"{toolchain}.0"))
    made = make_docker_archive(
        tmp_path / "app.tar",
        [BASE, Nothing("WORKDIR /"), Layer(file("app", (tmp_path / "app").read_bytes(), mode=0o755), instruction="COPY app /app")],
    )
    documents = run("sbom", made.path, data=tmp_path / "data")
    listed = found(documents, "golang")
    assert len(truth) == 4
    assert table([(one.name, one.version) for one in listed]) == table(truth)
    assert {(one.layer, one.instruction, one.locations) for one in listed} == {(1, "COPY app /app", ("app",))}


# --------------------------------------------------------------------------------------------------------------------- Java


def archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in ({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\r\n\r\n"} | files).items():
            made.writestr(name, data)
    return out.getvalue()


def maven(group: str, artifact: str, version: str) -> dict[str, bytes]:
    folder = f"META-INF/maven/{group}/{artifact}"
    return {
        f"{folder}/pom.properties": f"#Generated by Maven\nversion={version}\ngroupId={group}\nartifactId={artifact}\n".encode(),
        f"{group.replace('.', '/')}/Main.class": b"\xca\xfe\xba\xbe",
    }


def coordinates(data: bytes, place: str) -> Iterator[tuple[str, str, str]]:
    """Yield what `zipfile` sees in an archive and in those within it: `group:artifact`, version, and the place of its pom.properties."""
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        for name in opened.namelist():
            if name.endswith("/pom.properties"):
                values = dict(line.split("=") for line in opened.read(name).decode().splitlines() if "=" in line)
                yield f"{values['groupId']}:{values['artifactId']}", values["version"], f"{place}!/{name}"
            elif name.endswith((".jar", ".war")):
                yield from coordinates(opened.read(name), f"{place}!/{name}")


def test_java_archives_equal_what_zipfile_sees(tmp_path: Path) -> None:
    inner = archive(maven("org.example.deep", "deep", "0.1") | {"inner.txt": b"x" * 100_000})
    library = archive(maven("org.apache.logging.log4j", "log4j-core", "2.14.1") | {"lib/deep-0.1.jar": inner})
    shaded = archive(maven("com.example", "shaded", "3.0") | maven("com.google.guava", "guava", "31.1-jre") | maven("org.ow2.asm", "asm", "9.3"))
    war = archive(maven("com.example", "shop", "1.0-SNAPSHOT") | {"WEB-INF/lib/log4j-core-2.14.1.jar": library, "WEB-INF/lib/shaded-3.0.jar": shaded})
    ear = archive({"shop-1.0-SNAPSHOT.war": war} | maven("com.example", "everything", "7"))
    files = {"srv/everything-7.ear": ear, "opt/log4j-core-2.14.1.jar": library}
    truth = [row for path, data in files.items() for row in coordinates(data, path)]
    assert len(truth) == 9
    made = make_docker_archive(tmp_path / "app.tar", [BASE, Layer([file(path, data) for path, data in files.items()], instruction="COPY . /")])
    documents = run("sbom", made.path, data=tmp_path / "data")
    assert table([(one.name, one.version, *one.locations) for one in found(documents, "maven")]) == table(truth)
