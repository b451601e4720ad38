"""Random reports: any text may be what an attacker wrote, any field may be absent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import strategies as st
from report.sample import HOSTILE, V2, V4, V31

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

texts = st.one_of(
    st.sampled_from(("", "openssl", "3.0.9-1", "pkg:deb/debian/openssl@3.0.9-1", "MIT", "CVE-2023-1", "GHSA-1", "a b", "http://x.example/", HOSTILE)),
    st.text(st.characters(exclude_categories=()), max_size=12),  # with lone surrogates
    st.text(st.sampled_from("\x1b[\x9b\x7f\n\r\t\0|`<>&]\\\"'()\u202e日́\udcff\ud800aA1 -+@#{}"), max_size=30),
)
names = texts.filter(bool)
many = st.lists(texts, max_size=3).map(tuple)
maybe = st.none() | texts
numbers = st.integers(-1, 6)
shares = st.floats(0, 1)
days = st.dates(date(2000, 1, 1), date(2030, 1, 1))
digests = st.one_of(st.integers(0, 9).map(lambda seed: "sha256:" + f"{seed:064x}"), texts)
origins = st.builds(Origin, numbers, digests, maybe, st.booleans(), texts)
sources = st.builds(SourcePackage, texts, texts)
packages = st.builds(
    Package,
    st.sampled_from(("deb", "apk", "rpm", "pypi", "npm", "golang", "maven", "generic")),
    names,
    texts,
    texts,
    namespace=texts,
    arch=texts,
    source=st.none() | sources,
    module=texts,
    locations=many,
    licences=texts,
    supplier=texts,
    depends=many,
    origin=origins,
    owner=texts,
    distribution=texts,
    last_known=st.booleans(),
)
findings = st.builds(
    Finding,
    names,
    st.sampled_from(Kind),
    texts,
    st.sampled_from(Severity),
    texts,
    aliases=many,
    severity_source=texts,
    confidence=st.sampled_from(Confidence),
    remedy=texts,
    origin=origins,
    zone=st.sampled_from(Zone),
    status=st.sampled_from(Status),
    fixed=texts,
    exploited=st.none() | st.builds(Exploited, texts, days, st.none() | days, st.booleans()),
    epss=st.none() | st.builds(Likelihood, shares, shares, texts, texts),
    used=st.none() | st.booleans(),
    package=st.none() | packages,
    path=maybe,
    line=st.none() | st.integers(0, 9),
    secret=texts,
    note=texts,
    cvss=st.lists(st.sampled_from((V2, V31, V4, "CVSS:3.1/AV:N", HOSTILE)), max_size=2).map(tuple),
    published=texts,
    references=many,
    feeds=many,
)
gaps = st.builds(Gap, texts, texts, st.booleans(), maybe, numbers, texts)
layers = st.builds(Layer, st.just(0), digests, digests, st.none() | digests, texts, st.integers(0, 1 << 40), maybe, maybe)
configs = st.builds(
    Config,
    user=texts,
    entrypoint=st.none() | many,
    cmd=st.none() | many,
    env=many,
    labels=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    history=st.lists(st.builds(History, maybe, maybe), max_size=2).map(tuple),
)
images = st.builds(
    Image,
    texts,
    st.builds(Digests, digests, st.none() | digests, st.none() | digests),
    st.builds(Platform, texts, texts, texts, texts),
    st.lists(layers, max_size=3).map(lambda found: tuple(replace(layer, index=i) for i, layer in enumerate(found))),
    configs,
    source=st.sampled_from(("registry", "docker", "")),
    tags=many,
)
knowledge = st.builds(Knowledge, texts, texts, texts, texts, maybe, st.booleans(), texts, st.integers(0, 9), st.integers(0, 9), texts)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """A report whose findings are about its packages, mostly."""
    installed = draw(st.lists(packages, max_size=4))
    found = draw(st.lists(findings, max_size=6))
    if installed:
        found = [draw(st.sampled_from([one, replace(one, package=draw(st.sampled_from(installed)))])) for one in found]
    return Report(
        Inventory(
            draw(images),
            tuple(installed),
            tuple(draw(st.lists(st.builds(Distribution, texts, texts, texts, texts, many, texts, origins), max_size=2))),
            tuple(draw(st.lists(st.builds(Mark, texts, texts, texts, st.none() | st.integers(0, 9), texts, origins), max_size=2))),
            tuple(draw(st.lists(gaps, max_size=1))),
        ),
        tuple(found),
        tuple(draw(st.lists(knowledge, max_size=2))),
        tuple(draw(st.lists(st.builds(Suppressed, findings, texts), max_size=2))),
        tuple(draw(st.lists(gaps, max_size=3))),
        draw(maybe),
        draw(st.integers(0, 3)),
        tuple(draw(st.lists(st.sampled_from(Zone), max_size=4))),
        draw(st.none() | st.just(datetime(2026, 11, 22, 9, tzinfo=UTC))),
        draw(many),
    )
