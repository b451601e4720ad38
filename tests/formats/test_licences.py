from __future__ import annotations

import json
import re
from functools import cache

import pytest
from conftest import shared
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.formats import spdx_ids
from pratique.formats.licences import MAX_TEXT, conjunction, expression

DECLARED = {
    "": "",
    "UNKNOWN": "",
    "MIT": "MIT",
    "mit": "MIT",
    "MIT License": "MIT",
    "The MIT License": "MIT",
    "Expat": "MIT",
    "MIT/X11": "MIT",
    "GPLv2+": "GPL-2.0-or-later",
    "GPL-2+": "GPL-2.0-or-later",
    "GPL-2": "GPL-2.0-only",
    "GPL-2.0": "GPL-2.0-only",
    "GPL-2.0+": "GPL-2.0-or-later",
    "GPL": "GPL-1.0-or-later",
    "GPL (>= 2)": "GPL-2.0-or-later",
    "LGPLv2+": "LGPL-2.0-or-later",
    "LGPL-2.1": "LGPL-2.1-only",
    "GPL-2.0-with-classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0",
    "GPL2 w/ CPE": "GPL-2.0-only WITH Classpath-exception-2.0",
    "GPLv2+ with GCC exception": "GPL-2.0-or-later WITH GCC-exception-3.1",
    "GPL-2 with Linux-syscall-note exception": "GPL-2.0-only WITH Linux-syscall-note",
    "GPLv2 with exceptions": "LicenseRef-GPLv2-with-exceptions",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU Lesser General Public License, version 2.1 or any later version": "LGPL-2.1-or-later",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL-2.0-or-later",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: BSD License": "LicenseRef-BSD",
    "License :: Other/Proprietary License": "LicenseRef-Proprietary",
    "BSD": "LicenseRef-BSD",
    "BSD (3 clause)": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "ASL 2.0": "Apache-2.0",
    "The Apache Software License, Version 2.0": "Apache-2.0",
    "Apache License, Version 2.0 and MIT License": "Apache-2.0 AND MIT",
    "https://www.apache.org/licenses/LICENSE-2.0.txt": "Apache-2.0",
    "Eclipse Public License - v 1.0": "EPL-1.0",
    "Eclipse Distribution License v. 1.0": "BSD-3-Clause",
    "Public Domain": "LicenseRef-public-domain",
    "public-domain": "LicenseRef-public-domain",
    "GPL+ or Artistic": "GPL-1.0-or-later OR Artistic-1.0-Perl",
    "LGPLv2+ and (GPL+ or Artistic) and BSD": "LGPL-2.0-or-later AND (GPL-1.0-or-later OR Artistic-1.0-Perl) AND LicenseRef-BSD",
    "GPL-1+ or Artistic, and BSD-3-clause": "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND BSD-3-Clause",
    "MIT, BSD-2-Clause or GPL-3": "MIT OR BSD-2-Clause OR GPL-3.0-only",
    "MIT, BSD-2-Clause": "MIT AND BSD-2-Clause",
    "(MIT OR Apache-2.0)": "MIT OR Apache-2.0",
    "MIT/Apache-2.0": "MIT OR Apache-2.0",
    "mit or gpl-2.0-only and isc": "MIT OR GPL-2.0-only AND ISC",
    "MIT ISC": "MIT AND ISC",
    "MPL2.0 GPL2+": "MPL-2.0 AND GPL-2.0-or-later",
    "GFDL-NIV-1.3+": "GFDL-1.3-no-invariants-or-later",
    "MIT AND (MIT)": "MIT",
    "Apache-2.0+": "Apache-2.0+",
    "SEE LICENSE IN LICENSE.md": "LicenseRef-SEE-LICENSE-IN-LICENSE.md",
    "UNLICENSED": "LicenseRef-UNLICENSED",
    "Unlicense": "Unlicense",
    "((MIT) and (": "LicenseRef-MIT-and",
    "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining\na copy of this software": "MIT",
}


@pytest.mark.parametrize("text", DECLARED)
def test_a_declared_licence_becomes_the_expression_it_means(text: str) -> None:
    assert expression(text) == DECLARED[text]


WORDS = st.one_of(
    st.sampled_from(
        [*DECLARED, "GPL", "v2", "or later", "+", "(", ")", ",", "/", "&", "|", "and", "OR", "with", "WITH", "AND/OR", ", and", ", or", "::", '"']
    ),
    st.sampled_from(spdx_ids.LICENCES.split()),
    st.sampled_from(spdx_ids.EXCEPTIONS.split()),
    st.text(max_size=12),
)
TEXTS = st.lists(WORDS, max_size=12).flatmap(lambda words: st.sampled_from((" ", "", "\n")).map(lambda glue: glue.join(words)))


@cache
def known() -> set[str]:
    return set(json.loads(shared("schemas", "spdx.schema.json").read_text())["enum"])


@cache
def licensing():
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_every_text_becomes_a_valid_expression_and_stays_it(text: str) -> None:
    result = expression(text)
    assert expression(result) == result
    if result:
        assert licensing().parse(result) is not None  # raises where the structure is none
        for word in set(re.findall(r"[^\s()]+", result)) - {"AND", "OR", "WITH"}:
            assert word.removesuffix("+") in known() or re.fullmatch(r"(DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+", word), word


def test_the_list_is_that_of_the_official_schema() -> None:
    assert {*spdx_ids.LICENCES.split(), *spdx_ids.EXCEPTIONS.split()} == known()


def test_every_identifier_is_understood_in_any_case() -> None:
    for word in spdx_ids.LICENCES.split():
        found = expression(word.lower())
        assert found.startswith(word.partition("-with-")[0].removesuffix("+")), word


def test_declarations_that_all_apply_are_joined_without_repetition() -> None:
    assert conjunction(("MIT", "", "GPL-2+ or MIT", "Expat")) == "MIT AND (GPL-2.0-or-later OR MIT)"
    assert conjunction(()) == ""


@pytest.mark.parametrize(
    "text",
    [
        "(" * 50_000,
        "a(" * 9_000,
        " " * 50_000 + "x",
        "MIT or " * 9_000,
        ",".join(map(str, range(9_000))),
        "(MIT or BSD, and " * 900,
        "https://" * 5_000,
    ],
)
def test_a_hostile_text_takes_no_time_and_stays_small(text: str) -> None:
    result = expression(text)
    assert len(result) <= MAX_TEXT
    assert expression(result) == result
