"""A mirror whose advisories are a web page."""

from pathlib import Path

import evil
from evil import Evil, Given


def make(folder: Path) -> Given:
    page = b"<!DOCTYPE html>\n<html><head><title>Please log in</title></head></html>\n"
    return Given(evil.archive(folder, evil.alpine()), feeds=str(evil.mirror(folder / "mirror", alpine_secdb=page)))


EVIL = Evil(
    id="feed_html",
    attack="A portal answers in the publisher's place: a web page is a list without flaws.",
    make=make,
    expect=(3,),
    says=r"advisories alpine-secdb:v3\.18/main are missing: the answer is a web page.*→",
)
