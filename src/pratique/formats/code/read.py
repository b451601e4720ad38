"""From a file to its code: the language by the end of its name, and the last files read remembered, for many rules ask of one file."""

from __future__ import annotations

from functools import lru_cache

from pratique.formats.code.values import Code

ENDINGS: dict[str, str] = {
    ".py": "python",
    ".pyw": "python",
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".jsx": "javascript",
    ".ts": "javascript",
    ".tsx": "javascript",
    ".mts": "javascript",
    ".cts": "javascript",
    ".go": "go",
    ".java": "java",
    ".php": "php",
    ".phtml": "php",
}
"""The language of a file by the end of its name. TypeScript is read as JavaScript: its types change nothing here."""


def language_of(path: str) -> str:
    """Return the language of a path, or nothing."""
    dot = path.rfind(".")
    return ENDINGS.get(path[dot:], "") if dot >= 0 else ""


@lru_cache(maxsize=4)
def _read(language: str, data: bytes) -> Code | str:
    from pratique.formats.code import language as languages  # only images with code of their own need the readers
    from pratique.formats.code import python, tokens

    try:
        return python.read(data) if language == "python" else tokens.read(data, languages.LANGUAGES[language])
    except ValueError as fault:
        return str(fault)


def read(language: str, data: bytes) -> Code:
    """Return what a file calls and sets. Raises `ValueError` where it cannot be read."""
    code = _read(language, data)
    if isinstance(code, str):
        raise ValueError(code)
    return code
