from pathlib import Path

import pytest

from pratique.errors import InvalidReference
from pratique.image.location import locate

DIGEST = "sha256:" + "ab" * 32


def test_a_path_that_exists_needs_no_scheme(tmp_path: Path) -> None:
    (tmp_path / "app.tar").write_bytes(b"")
    (tmp_path / "root").mkdir()
    layout = tmp_path / "layout"
    layout.mkdir()
    (layout / "oci-layout").write_text("{}")
    assert locate(str(tmp_path / "app.tar")).scheme == "archive"
    assert locate(str(tmp_path / "root")).scheme == "dir"
    assert locate(str(layout)).scheme == "oci"
    assert locate(f"{layout}:1.2") == locate(f"oci:{layout}:1.2")


def test_a_scheme_takes_a_name_or_a_digest_after_the_path(tmp_path: Path) -> None:
    path = tmp_path / "a:b.tar"
    path.write_bytes(b"")
    chosen = locate(f"docker-archive:{path}:r.example:5000/app:1")
    assert (chosen.path, chosen.name) == (path, "r.example:5000/app:1")
    assert str(chosen) == f"docker-archive:{path}:r.example:5000/app:1"
    chosen = locate(f"oci:{tmp_path}@{DIGEST}")
    assert (chosen.path, chosen.name, chosen.digest) == (tmp_path, "", DIGEST)
    chosen = locate(f"oci:{tmp_path}:tag@{DIGEST}")
    assert (chosen.name, chosen.digest) == ("tag", DIGEST)


def test_other_texts_are_references() -> None:
    assert str(locate("alpine:3.20")) == "docker.io/library/alpine:3.20"
    assert str(locate("registry:localhost:5000/app")) == "localhost:5000/app:latest"
    assert locate("docker:app:1").identifier == "app:1"
    assert locate("docker:" + "ab" * 32).identifier == DIGEST
    assert locate("-").scheme == "archive"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("oci:", "names no image"),
        ("docker-archive:/nowhere.tar", "no file or folder"),
        ("./nowhere", "no file or folder"),
        ("app.tar.gz", "no file or folder"),
        ("docker://alpine", "means a registry to some"),
        ("a\0b", "zero byte"),
        ("dir:{}/file", "is a file"),
        ("oci-archive:{}", "is a folder"),
        ("oci:{}@sha256:12", "2 characters"),
    ],
)
def test_a_bad_location_says_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InvalidReference) as error:
        locate(text.format(tmp_path))
    assert says in error.value.message
