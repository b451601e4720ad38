"""Reports for the tests: one that uses every field and hostile names, one that looks like the image of a web shop, one that is clean."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from pratique.model import (
    Confidence,
    Config,
    Digests,
    Distribution,
    Exploited,
    Finding,
    Gap,
    History,
    Image,
    Inventory,
    Kind,
    Knowledge,
    Layer,
    Likelihood,
    Mark,
    Origin,
    Package,
    Platform,
    Report,
    Severity,
    SourcePackage,
    Status,
    Suppressed,
    Zone,
)

CREATED = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
HOSTILE = "evil\x1b[31m\x07\n\r\t|`<b>&\"']]>\x9b\u202e\u2028[x](http://evil.example) @all #1 {0} \\ \udcff\udc80 日本語 ❤️ \x00"
"""Terminal commands, line breaks, Markdown, HTML, XML, bidirectional controls, a mention, a placeholder, bytes that are no UTF-8, wide signs, NUL."""

INSTRUCTIONS = (
    "ADD rootfs.tar.xz / # buildkit",
    "RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends ca-certificates netbase tzdata # buildkit",
    "RUN /bin/sh -c set -eux; wget -O python.tar.xz https://www.python.org/ftp/python/3.11.4/Python-3.11.4.tar.xz; make install # buildkit",
    "RUN /bin/sh -c apt-get update && apt-get install -y curl # buildkit",
    "COPY requirements.txt /app/ # buildkit",
    "RUN /bin/sh -c pip install -r /app/requirements.txt # buildkit",
    "COPY . /app # buildkit",
)
ZONES = (Zone.BASE, Zone.BASE, Zone.BASE, Zone.MIDDLE, Zone.APP, Zone.MIDDLE, Zone.APP)


def digest(seed: int) -> str:
    return "sha256:" + f"{seed:x}{seed * 7919:x}".rjust(64, "abcdef0123456789"[seed % 16])


def origin(layer: int, visible: bool = True, root: str = "") -> Origin:
    return Origin(layer=layer, diff_id=digest(layer + 100), instruction=INSTRUCTIONS[layer], visible=visible, root=root)


def layers(instructions: tuple[str, ...] = INSTRUCTIONS) -> tuple[Layer, ...]:
    return tuple(
        Layer(
            index=i,
            diff_id=digest(i + 100),
            chain_id=digest(i + 200),
            digest=digest(i + 300),
            media_type="application/vnd.oci.image.layer.v1.tar+gzip",
            size=1000 * (i + 1),
            instruction=instruction,
            created="2023-08-01T00:00:00Z",
        )
        for i, instruction in enumerate(instructions)
    )


CONFIG = Config(
    user="",
    entrypoint=("/app/start",),
    cmd=("--port", "8080"),
    env=("PATH=/usr/local/bin:/usr/bin", "TOKEN=***"),
    labels=(("org.opencontainers.image.title", "shop"),),
    exposed_ports=("8080/tcp",),
    volumes=("/data",),
    working_dir="/app",
    stop_signal="SIGTERM",
    healthcheck=("CMD", "true"),
    shell=("/bin/sh", "-c"),
    onbuild=("RUN true",),
    created="2023-08-01T00:00:00Z",
    author="someone",
    history=(
        *tuple(History(created_by=i, created="2023-08-01T00:00:00Z") for i in INSTRUCTIONS),
        History(created_by="CMD", empty=True, comment="c", author="a"),
    ),
)

IMAGE = Image(
    reference="registry.example/shop/api:1.4.2",
    digests=Digests(config=digest(1), manifest=digest(2), index=digest(3)),
    platform=Platform(architecture="amd64"),
    layers=layers(),
    config=CONFIG,
    source="registry",
    tags=("1.4.2",),
)

DEBIAN = Distribution(
    id="debian", version_id="12", codename="bookworm", name="Debian GNU/Linux", pretty_name="Debian GNU/Linux 12 (bookworm)", origin=origin(0)
)


def deb(name: str, version: str, source: str, layer: int, depends: tuple[str, ...] = (), licences: str = "") -> Package:
    return Package(
        type="deb",
        name=name,
        version=version,
        purl=f"pkg:deb/debian/{name}@{version.replace('+', '%2B')}?arch=amd64&distro=debian-12",
        namespace="debian",
        arch="amd64",
        source=SourcePackage(source, version),
        locations=("var/lib/dpkg/status",),
        licences=licences,
        supplier="Debian Maintainers <debian@example.org>",
        depends=depends,
        origin=origin(layer),
        distribution="debian:12",
    )


def pypi(name: str, version: str, layer: int, **more: object) -> Package:
    package = Package(
        type="pypi",
        name=name,
        version=version,
        purl=f"pkg:pypi/{name}@{version}",
        locations=(f"usr/local/lib/python3.11/site-packages/{name}-{version}.dist-info/METADATA",),
        licences="Apache-2.0",
        origin=origin(layer),
    )
    return replace(package, **more)  # type: ignore[arg-type]  # the fields are checked by dataclasses


LIBSSL = deb("libssl3", "3.0.9-1", "openssl", 0, ("libc6",), "Apache-2.0")
OPENSSL = deb("openssl", "3.0.9-1", "openssl", 0, ("libc6", "libssl3"), "Apache-2.0")
LIBC = deb("libc6", "2.36-9+deb12u1", "glibc", 0, ("libgcc-s1",), "LGPL-2.1-or-later AND GPL-2.0-only WITH Classpath-exception-2.0")
LIBWEBP = deb("libwebp7", "1.2.4-0.2", "libwebp", 1, ("libc6",))
PERL = deb("perl-base", "5.36.0-7", "perl", 0, ("libc6",), "Artistic-1.0-Perl OR GPL-1.0-or-later")
CURL = deb("curl", "7.88.1-10+deb12u1", "curl", 3, ("libcurl4", "libc6"), "curl")
LIBCURL = deb("libcurl4", "7.88.1-10+deb12u1", "curl", 3, ("libc6",), "curl")
REQUESTS = pypi("requests", "2.25.0", 5, depends=("urllib3", "certifi"))
URLLIB3 = pypi("urllib3", "1.26.4", 5, licences="MIT")
CERTIFI = pypi("certifi", "2022.12.7", 5, licences="MPL-2.0")
DJANGO = pypi("django", "3.2.1", 5, licences="BSD-3-Clause", depends=("asgiref", "sqlparse"))
EXPRESS = Package(
    type="npm",
    name="qs",
    version="6.5.2",
    purl="pkg:npm/qs@6.5.2",
    locations=("app/web/node_modules/qs/package.json",),
    licences="BSD-3-Clause",
    origin=origin(6),
)
XCRYPTO = Package(
    type="golang",
    namespace="golang.org/x",
    name="crypto",
    version="0.0.0-20210921155107-089bfa567519",
    purl="pkg:golang/golang.org/x/crypto@v0.0.0-20210921155107-089bfa567519",
    locations=("app/bin/sidecar",),
    origin=origin(6),
)
LOG4J = Package(
    type="maven",
    namespace="org.apache.logging.log4j",
    name="log4j-core",
    version="2.14.1",
    purl="pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
    locations=("app/lib/report.jar!/WEB-INF/lib/log4j-core-2.14.1.jar",),
    licences="Apache-2.0",
    supplier="The Apache Software Foundation",
    origin=origin(6),
)
DELETED = pypi("flask", "0.12", 5, origin=origin(5, visible=False))
OWNED = pypi("python-apt", "2.6.0", 3, owner="pkg:deb/debian/python3-apt@2.6.0?arch=amd64&distro=debian-12")
PACKAGES = (LIBSSL, OPENSSL, LIBC, LIBWEBP, PERL, CURL, LIBCURL, REQUESTS, URLLIB3, CERTIFI, DJANGO, EXPRESS, XCRYPTO, LOG4J, DELETED, OWNED)

V31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
V31_MEDIUM = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H"
V2 = "AV:N/AC:L/Au:N/C:P/I:P/A:P"
V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
KEV = Exploited(id="CVE-2023-4863", added=date(2023, 9, 13), due=date(2023, 10, 4), ransomware=True)


def epss(score: float) -> Likelihood:
    return Likelihood(score=score, percentile=min(1.0, score + 0.05), day="2026-11-21", model="v2025.03.14")


def flaw(rule: str, package: Package, severity: Severity, fixed: str = "", score: float | None = None, **more: object) -> Finding:
    finding = Finding(
        rule=rule,
        kind=Kind.VULNERABILITY,
        subject=package.purl,
        severity=severity,
        message="A crafted request lets a stranger read or write memory that is not theirs",
        severity_source="debian" if package.type == "deb" else "GHSA",
        remedy=f"Upgrade {package.full_name} to {fixed}." if fixed else "",
        origin=package.origin,
        zone=ZONES[package.origin.layer],
        fixed=fixed,
        package=package,
        path=package.locations[0],
        epss=None if score is None else epss(score),
        published="2023-05-01T00:00:00Z",
        references=(f"https://nvd.nist.gov/vuln/detail/{rule}",),
        feeds=("debian-tracker/bookworm",) if package.type == "deb" else ("osv/PyPI",),
    )
    return replace(finding, **more)  # type: ignore[arg-type]  # the fields are checked by dataclasses


S = Severity
FLAWS = (
    *(
        flaw(f"CVE-2023-{n}", p, s, "3.0.11-1~deb12u1", e)
        for p in (LIBSSL, OPENSSL)
        for n, s, e in ((5363, S.HIGH, 0.02), (3446, S.MEDIUM, 0.004), (3817, S.MEDIUM, 0.003), (2975, S.LOW, 0.001))
    ),
    *(flaw(f"CVE-2024-{n}", p, S.MEDIUM, "3.0.13-1~deb12u1", 0.002) for p in (LIBSSL, OPENSSL) for n in (5678, 6129)),
    flaw(
        "CVE-2023-4863", LIBWEBP, S.CRITICAL, "1.2.4-0.2+deb12u1", 0.93, exploited=KEV, aliases=("GHSA-j7hp-h8jx-5ppr", "DSA-5497-2"), cvss=(V31, V2)
    ),
    flaw("CVE-2023-38545", CURL, S.CRITICAL, "7.88.1-10+deb12u4", 0.26, cvss=(V31,)),
    flaw("CVE-2023-38545", LIBCURL, S.CRITICAL, "7.88.1-10+deb12u4", 0.26, cvss=(V31,)),
    flaw("CVE-2023-38546", CURL, S.LOW, "7.88.1-10+deb12u4", 0.002),
    flaw("CVE-2024-2961", LIBC, S.HIGH, "2.36-9+deb12u6", 0.71),
    flaw("CVE-2019-1010022", LIBC, S.NEGLIGIBLE, "", 0.002, status=Status.WONT_FIX, note="unimportant"),
    flaw("CVE-2019-9192", LIBC, S.NEGLIGIBLE, "", 0.001, status=Status.WONT_FIX, note="unimportant"),
    flaw("CVE-2023-31484", PERL, S.HIGH, "", 0.006, status=Status.POSTPONED, note="no-dsa: Minor issue", cvss=(V31_MEDIUM,)),
    flaw("CVE-2011-4116", PERL, S.NEGLIGIBLE, "", 0.001, status=Status.WONT_FIX),
    flaw("CVE-2024-9999", LIBCURL, S.MEDIUM, ""),
    flaw("CVE-2018-18074", REQUESTS, S.HIGH, "2.20.0", 0.01, aliases=("GHSA-x84v-xcm2-53pg", "PYSEC-2018-28"), cvss=(V31, V4)),
    flaw("CVE-2023-32681", REQUESTS, S.MEDIUM, "2.31.0", 0.005),
    flaw("CVE-2024-35195", REQUESTS, S.MEDIUM, "2.32.0", 0.001),
    flaw("CVE-2023-43804", URLLIB3, S.HIGH, "1.26.17", 0.004),
    flaw("CVE-2022-28346", DJANGO, S.CRITICAL, "3.2.13", 0.31, aliases=("GHSA-2gwj-7jmv-h26r",), cvss=(V31,)),
    flaw("CVE-2025-64459", DJANGO, S.CRITICAL, "4.2.26", None, confidence=Confidence.MEDIUM),
    flaw("CVE-2022-24999", EXPRESS, S.HIGH, "6.5.3", 0.02),
    flaw("CVE-2023-48795", XCRYPTO, S.MEDIUM, "0.17.0", 0.6),
    flaw(
        "CVE-2021-44228",
        LOG4J,
        S.CRITICAL,
        "2.15.0",
        0.97,
        exploited=Exploited(id="CVE-2021-44228", added=date(2021, 12, 10), ransomware=True),
        cvss=(V31,),
    ),
    flaw("CVE-2021-45046", LOG4J, S.CRITICAL, "2.16.0", 0.94, exploited=Exploited(id="CVE-2021-45046", added=date(2023, 5, 1))),
    flaw("CVE-2021-45105", LOG4J, S.MEDIUM, "2.17.0", 0.6),
)
KEY_REMEDY = "Rebuild without the key (a secret mount needs no layer), and replace it: whoever has the image has the key."
OTHERS = (
    Finding(
        rule="end-of-life",
        kind=Kind.LIFECYCLE,
        subject="distribution:debian:12",
        severity=S.MEDIUM,
        severity_source="endoflife",
        message="the free security support of Debian GNU/Linux 12 (bookworm) ended on 2026-06-10; extended support lasts until 2028-06-30",
        remedy="Rebuild on a supported release.",
        origin=origin(0),
        zone=Zone.BASE,
        feeds=("endoflife",),
    ),
    Finding(
        rule="private-key",
        kind=Kind.SECRET,
        subject="app/deploy/id_rsa",
        severity=S.HIGH,
        message="an unencrypted private key (RSA)",
        remedy=KEY_REMEDY,
        origin=origin(4, visible=False),
        zone=Zone.APP,
        path="app/deploy/id_rsa",
        line=1,
        secret="5f2a",
    ),
    Finding(
        rule="private-key",
        kind=Kind.SECRET,
        subject="app/tests/server.pem",
        severity=S.HIGH,
        message="an unencrypted private key (RSA)",
        remedy=KEY_REMEDY,
        origin=origin(6),
        zone=Zone.APP,
        path="app/tests/server.pem",
        line=12,
        secret="77aa",
    ),
    Finding(
        rule="user-root",
        kind=Kind.HARDENING,
        subject="config:user",
        severity=S.MEDIUM,
        message="the container runs as root",
        remedy="Add a user in a RUN instruction and name it in USER.",
        aliases=("CIS-DI-0001",),
    ),
    Finding(
        rule="MAL-2024-1",
        kind=Kind.MALWARE,
        subject=DELETED.purl,
        severity=S.CRITICAL,
        message="flask 0.12: malicious code in a look-alike",
        origin=DELETED.origin,
        zone=Zone.MIDDLE,
        package=DELETED,
        path=DELETED.locations[0],
        remedy="Remove it, and replace every secret that was in reach of it.",
    ),
)
KNOWLEDGE = (
    Knowledge("debian-tracker", "bookworm", digest(11), "2026-11-22T08:00:00Z", "2026-11-22", True, records=40123),
    Knowledge("osv", "PyPI", digest(12), "2026-11-22T08:00:00Z", "2026-11-21", True, records=17000, rejected=2),
    Knowledge("osv", "npm", digest(13), "2026-11-01T08:00:00Z", "2026-11-01", False, origin="selection", records=120),
    Knowledge("osv", "Go", "", "", None, False, origin="missing"),
    Knowledge("kev", "kev", digest(14), "2026-11-22T08:00:00Z", "2026-11-20", True, records=1500, url="https://www.cisa.gov/kev.json"),
    Knowledge("epss", "current", digest(15), "2026-11-22T08:00:00Z", "2026-11-21", True, records=290000),
)
NOTE = Gap(id="file-list-missing", message="the file list of 2 packages is missing", blind=False, path="var/lib/dpkg/info", layer=1, remedy="")
BLIND = Gap(
    id="feed-missing",
    message="there are no advisories for Go: 1 package was not judged",
    layer=6,
    path="app/bin/sidecar",
    remedy="Run `pratique feeds sync` while the publisher can be reached, or name a mirror that has them with --feeds.",
)
SUPPRESSED = (
    Suppressed(flaw("CVE-2020-27351", OWNED, S.LOW, "2.6.1"), "its files belong to the OS package python3-apt, which Debian judges"),
    Suppressed(flaw("CVE-2000-1", REQUESTS, S.LOW), "withdrawn by its publisher"),
    Suppressed(flaw("CVE-2000-2", REQUESTS, S.LOW), "withdrawn by its publisher"),
)

SHOP = Report(
    inventory=Inventory(
        image=IMAGE,
        packages=PACKAGES,
        distributions=(DEBIAN,),
        marks=(Mark("private-key", "app/tests/server.pem", "an unencrypted private key", 12, "77aa", origin(6)),),
        gaps=(NOTE,),
    ),
    findings=FLAWS + OTHERS,
    knowledge=KNOWLEDGE,
    suppressed=SUPPRESSED,
    gaps=(NOTE, BLIND),
    base="python:3.11-slim-bookworm",
    base_layers=3,
    zones=ZONES,
    created=CREATED,
    checks=("private-key", "user-root"),
)
"""What a team sees in an old image of a web shop."""

CLEAN = replace(
    SHOP, inventory=replace(SHOP.inventory, packages=PACKAGES[:3], marks=(), gaps=()), findings=(), suppressed=(), gaps=(), knowledge=KNOWLEDGE[:1]
)
"""Nothing was found, and all was seen."""

EMPTY = Report(
    inventory=Inventory(Image(reference="scratch.tar", digests=Digests(config=digest(9)), platform=Platform(), layers=(), config=Config()), ()),
    findings=(),
)
"""The least there can be: no layer, package, knowledge or time."""


def without_zones(report: Report) -> Report:
    """The same where no base was named."""
    return replace(report, base=None, base_layers=0, zones=(), findings=tuple(replace(finding, zone=Zone.UNKNOWN) for finding in report.findings))


def _hostile() -> Report:
    where = Origin(layer=0, diff_id=digest(100), instruction=f"COPY {HOSTILE} /", visible=True, root=f"root{HOSTILE}")
    package = Package(
        type="generic",
        name=HOSTILE,
        version=f"1{HOSTILE}",
        purl="pkg:generic/" + HOSTILE,
        namespace=HOSTILE,
        arch=HOSTILE,
        source=SourcePackage(HOSTILE, HOSTILE),
        module=HOSTILE,
        locations=(HOSTILE, "/" + HOSTILE),
        licences=HOSTILE,
        supplier=HOSTILE,
        depends=(HOSTILE,),
        origin=where,
        owner=HOSTILE,
        distribution=HOSTILE,
        last_known=True,
    )
    evil = dict.fromkeys(("message", "severity_source", "remedy", "note", "published", "path", "secret", "subject", "fixed"), HOSTILE)
    evil |= dict.fromkeys(("aliases", "cvss", "feeds"), (HOSTILE,)) | {"references": (HOSTILE, "https://ok.example/\x1b"), "origin": where}
    findings = tuple(
        Finding(rule=f"{kind}-{HOSTILE}", kind=kind, severity=S.HIGH, package=package if kind is Kind.VULNERABILITY else None, **evil)
        for kind in Kind
    )  # type: ignore[arg-type]
    gap = Gap(id=HOSTILE, message=HOSTILE, path=HOSTILE, layer=0, remedy=HOSTILE)
    image = replace(
        IMAGE,
        reference=HOSTILE,
        platform=Platform(os=HOSTILE, architecture=HOSTILE, variant=HOSTILE, os_version=HOSTILE),
        layers=layers((f"COPY {HOSTILE} /",)),
        tags=(HOSTILE,),
        source=HOSTILE,
        config=Config(
            user=HOSTILE,
            env=(HOSTILE,),
            labels=((HOSTILE, HOSTILE),),
            entrypoint=(HOSTILE,),
            history=(History(created_by=HOSTILE, created=HOSTILE, comment=HOSTILE, author=HOSTILE),),
        ),
        gaps=(gap,),
    )
    distribution = Distribution(id=HOSTILE, version_id=HOSTILE, codename=HOSTILE, name=HOSTILE, id_like=(HOSTILE,), pretty_name=HOSTILE, origin=where)
    return Report(
        inventory=Inventory(
            image,
            (package, replace(package, origin=replace(where, visible=False))),
            (distribution,),
            (Mark(HOSTILE, HOSTILE, HOSTILE, 1, HOSTILE, where),),
            (gap, replace(gap, blind=False)),
        ),
        findings=findings,
        knowledge=(Knowledge(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, False, HOSTILE, url=HOSTILE),),
        suppressed=(Suppressed(findings[0], HOSTILE),),
        gaps=(gap, replace(gap, blind=False)),
        base=HOSTILE,
        base_layers=1,
        zones=(Zone.BASE,),
        created=CREATED,
        checks=(HOSTILE,),
    )


HOSTILE_REPORT = _hostile()
"""Every text of it was written by an attacker."""


def large(packages: int = 500, findings: int = 1000) -> Report:
    """A report of a large image, for measuring."""
    many = tuple(deb(f"lib{i}", f"1.{i}-1", f"src{i // 3}", i % 7, (f"lib{i // 2}",), "MIT") for i in range(packages))
    severities = tuple(Severity)
    found = tuple(
        flaw(
            f"CVE-2023-{i % 400 + 1000}",
            many[i * 7 % packages],
            severities[i % 6],
            f"1.{i * 7 % packages}-2" if i % 3 else "",
            (i % 100) / 100,
            cvss=(V31,),
            aliases=(f"GHSA-{i % 400}",),
        )
        for i in range(findings)
    )
    return replace(SHOP, inventory=replace(SHOP.inventory, packages=many), findings=found)


REPORTS = {"shop": SHOP, "unzoned": without_zones(SHOP), "clean": CLEAN, "empty": EMPTY, "hostile": HOSTILE_REPORT}
