import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.errors import InvalidReference
from pratique.image.reference import parse

HEX = "0123456789abcdef" * 4
SHA256 = f"sha256:{HEX}"


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("alpine", "docker.io/library/alpine:latest"),
        ("alpine:3.20", "docker.io/library/alpine:3.20"),
        ("docker.io/alpine", "docker.io/library/alpine:latest"),
        ("index.docker.io/alpine", "docker.io/library/alpine:latest"),
        ("index.docker.io/library/alpine:3", "docker.io/library/alpine:3"),
        ("team/app", "docker.io/team/app:latest"),
        ("localhost/app", "localhost/app:latest"),
        ("localhost:5000/app:1", "localhost:5000/app:1"),
        ("localhost:5000", "docker.io/library/localhost:5000"),
        ("127.0.0.1:5000/a/b/c", "127.0.0.1:5000/a/b/c:latest"),
        ("[::1]:5000/app", "[::1]:5000/app:latest"),
        ("ghcr.example/Team".lower(), "ghcr.example/team:latest"),
        ("FOO/bar", "FOO/bar:latest"),
        ("registry.example:443/a/b_c/d__e/f-g/h---i:V1.2-x_y", "registry.example:443/a/b_c/d__e/f-g/h---i:V1.2-x_y"),
        (f"alpine@{SHA256}", f"docker.io/library/alpine@{SHA256}"),
        (f"alpine:3@{SHA256}", f"docker.io/library/alpine:3@{SHA256}"),
        (f"r.example/a@sha512:{HEX}{HEX}", f"r.example/a@sha512:{HEX}{HEX}"),
    ],
)
def test_a_reference_is_normalised_as_docker_does(text: str, normal: str) -> None:
    assert str(parse(text)) == normal


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("Alpine", "upper-case"),
        ("r.example/Team/app", "upper-case"),
        ("alpine:", "without a tag"),
        ("alpine:-x", "'-x'"),
        (f"alpine:{'x' * 129}", "129 characters"),
        ("alpine@sha256:abc", "3 characters"),
        (f"alpine@sha256:{HEX.upper()}", "other characters"),
        (f"alpine@md5:{HEX[:32]}", "'md5'"),
        ("alpine@latest", "no valid digest"),
        ("al pine", "' '"),
        ("alp\u00efne", "'\u00ef'"),
        ("a//b", "empty part"),
        ("a/", "empty part"),
        ("a/..", "'..'"),
        ("a/b-", "'b-'"),
        ("a/b___c", "'b___c'"),
        ("r_x.example/app", "no valid registry host"),
        (HEX, "image ID"),
        ("https://r.example/app", "URL"),
        (f"r.example/{'a' * 250}", "255"),
        ("a" * 2000, "2000 characters"),
        (f"@{SHA256}", "no name"),
    ],
)
def test_a_bad_reference_says_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(InvalidReference) as error:
        parse(text)
    assert says in error.value.message


_part = st.from_regex(r"[a-z0-9]{1,6}((\.|_|__|-{1,3})[a-z0-9]{1,6}){0,2}", fullmatch=True)
_host = st.sampled_from(["", "docker.io/", "index.docker.io/", "localhost/", "localhost:5000/", "r.example/", "R.Example:80/", "[::1]/"])
_tag = st.one_of(st.just(""), st.from_regex(r":[A-Za-z0-9_][A-Za-z0-9_.-]{0,12}", fullmatch=True))
_digest = st.sampled_from(["", f"@{SHA256}", f"@sha512:{HEX}{HEX}"])


@settings(max_examples=100)
@given(_host, st.lists(_part, min_size=1, max_size=4), _tag, _digest)
def test_what_is_normalised_stays_as_it_is(host: str, parts: list[str], tag: str, digest: str) -> None:
    folder = "" if host or len(parts) == 1 else "team/"  # a first part with a dot would be a host
    reference = parse(f"{host}{folder}{'/'.join(parts)}{tag}{digest}")
    assert parse(str(reference)) == reference


@settings(max_examples=100)
@given(st.text(max_size=80))
def test_any_text_is_a_reference_or_a_clear_error(text: str) -> None:
    try:
        reference = parse(text)
    except InvalidReference as error:
        assert error.message
    else:
        assert parse(str(reference)) == reference
