"""A key that is copied stays in its layer, though a later step deletes it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Folder, Hit, at
from pratique.checks.recipe import MAX_TEXT, WEB, kept, taken
from pratique.dockerfile.build import Build, Context
from pratique.model import Confidence, Severity

_NAMES = frozenset(
    [
        ".env",
        ".envrc",
        ".netrc",
        ".npmrc",
        ".pypirc",
        ".yarnrc",
        ".pgpass",
        ".my.cnf",
        ".git-credentials",
        ".htpasswd",
        ".vault-token",
        ".boto",
        ".s3cfg",
        ".dockercfg",
        "id_rsa",
        "id_dsa",
        "id_ecdsa",
        "id_ed25519",
        "credentials.json",
        "service-account.json",
        "secrets.yml",
        "secrets.yaml",
        "secrets.json",
        "master.key",
        "kubeconfig",
        "terraform.tfstate",
        "wallet.dat",
    ]
)
_FOLDERS = frozenset({".aws", ".ssh", ".gnupg", ".kube", ".azure", ".docker", ".gcloud"})
_ENDS = (".key", ".pem.key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk", ".tfstate", ".asc.key")
_MODEL = re.compile(r"example|sample|template|\bdist\b|schema|\.pub\Z|test|fixture|mock|default", re.IGNORECASE)
MAX_FILES = 100
"""Such files, those nearest the top first, that are compared with what each COPY takes: the product of both is what a lint costs."""


def run(build: Build) -> Iterator[Hit]:
    """Object to files that hold secrets by their names, among what COPY and ADD name, and in the folders of the build context that they take."""
    context = None
    if build.context is not None:
        found = sorted((file for file in build.context.sent if is_secret(file.path)), key=lambda file: file.path.count("/"))
        context = Context(tuple(found[:MAX_FILES]))
    for stage in build.stages:
        for instruction in stage.each("COPY", "ADD"):
            if instruction.flag("from") is not None or not (sources := taken(stage, instruction)):
                continue
            for source in sources:
                if source.value.known and is_secret(source.value.text):
                    yield at(source, f"{source.value.text[:100]} is copied: by its name it holds a secret", kept(stage, Severity.HIGH))
                elif source.value.known and context is not None and not WEB.match(source.value.text):
                    paths = sorted(file.path for file in context.taken(source.value.text))
                    if paths:
                        more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
                        yield at(source, f"what is copied takes {', '.join(path[:100] for path in paths[:3])}{more}", kept(stage, Severity.HIGH))


def is_secret(path: str) -> bool:
    """Tell whether a file holds a secret by its name; models, tests and public halves are none."""
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if not parts or _MODEL.search(path[:MAX_TEXT]):
        return False
    name = parts[-1].lower()
    return name in _NAMES or name.endswith(_ENDS) or (name.startswith(".env.") and name.count(".") == 2) or any(part in _FOLDERS for part in parts)


CHECK = DockerfileCheck(
    id="secret-file-copied",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    asks="Is a file that holds a secret copied?",
    remedy="Keep it out by .dockerignore; give it to the step that needs it: RUN --mount=type=secret,id=….",
    run=run,
    catches=(
        "COPY .env /app/",
        "COPY id_rsa /root/.ssh/id_rsa",
        "ADD .npmrc /root/",
        "COPY .aws /root/.aws",
        "COPY certs/server.key /etc/ssl/",
        Folder("COPY . /app", (".env", "main.py")),
        Folder("COPY conf/ /etc/x/", ("conf/tls.key", "a")),
        Folder("COPY . .", ("a/.ssh/id_ed25519",), "*.md"),
        "ONBUILD COPY .env /app/",
    ),
    passes=(
        "COPY .env.example /app/.env.example",
        "COPY src /app",
        "COPY . .",
        Folder("COPY . /app", (".env", "main.py"), ".env\n"),
        Folder("COPY src /app", (".env", "src/main.py")),
        "COPY --from=x/y:1 /etc/x.key /x",
        "COPY id_rsa.pub /k",
        Folder("COPY . .", ("tests/fixtures/server.key", ".env.sample")),
        "COPY monkey.py keys.py /app/",
    ),
    aliases=("CIS-4.10",),
)
