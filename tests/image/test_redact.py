import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.image import instruction, redact

JWT = "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0." + "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
AWS = "AKIA" + "Z7Q3MLP4NQ2RWX5T"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("RUN export DB_PASSWORD=hunter2 && make", "RUN export DB_PASSWORD=*** && make"),
        ("ENV API_KEY=abc123 NAME=x", "ENV API_KEY=*** NAME=x"),
        ('ENV SECRET="a b c" NAME=x', 'ENV SECRET="***" NAME=x'),
        ("ENV PASSWORD= NAME=x", "ENV PASSWORD= NAME=x"),
        ("ENV MYSQL_ROOT_PASSWORD hunter2", "ENV MYSQL_ROOT_PASSWORD ***"),
        ("RUN curl -u me:hunter2 https://x.example", "RUN curl -u me:*** https://x.example"),
        ("RUN git clone https://me:hunter2@x.example/a.git", "RUN git clone https://me:***@x.example/a.git"),
        ("RUN pip install --index-url https://abcdefghijklmnop1234@x.example/simple y", "RUN pip install --index-url https://***@x.example/simple y"),
        ("RUN login --token abcdef --user me", "RUN login --token *** --user me"),
        ("RUN login --password=abcdef --user me", "RUN login --password=*** --user me"),
        ('CMD ["run" "--password" "x y"]', 'CMD ["run" "--password" "***"]'),
        ('CMD ["run", "--secret-key", "abc"]', 'CMD ["run", "--secret-key", "***"]'),
        ('RUN echo \'{"password": "hunter2", "user": "me"}\' > c.json', 'RUN echo \'{"password": "***", "user": "me"}\' > c.json'),
        ('RUN sh -c "export A_TOKEN=hunter2; make"', 'RUN sh -c "export A_TOKEN=***; make"'),
        ('ENV CMD="PASSWORD=hunter2 run"', 'ENV CMD="PASSWORD=*** run"'),
        (f"RUN echo {AWS}", "RUN echo ***"),
        ("RUN echo ghp_" + "a1B2" * 9, "RUN echo ***"),
        ("RUN echo glpat-" + "a1B2" * 5, "RUN echo ***"),
        ("RUN echo xoxb-" + "1234567890-abc", "RUN echo ***"),
        ("RUN echo sk_live_" + "a1B2" * 6, "RUN echo ***"),
        (f"RUN curl -H 'Authorization: Bearer {JWT}' x", "RUN curl -H 'Authorization: Bearer ***' x"),
        (f"LABEL note={JWT}", "LABEL note=***"),
        (
            "RUN echo '-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----' > k",
            "RUN echo '-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----' > k",
        ),
        ("RUN echo '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn", "RUN echo '-----BEGIN OPENSSH PRIVATE KEY-----***"),
    ],
)
def test_a_secret_is_hidden_in_place(text: str, hidden: str) -> None:
    assert redact.text(text) == hidden
    assert redact.text(hidden) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "RUN apt-get update && apt-get install -y passwd libpam-modules",
        "ENV PATH=/usr/local/bin:/usr/bin GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D",
        "COPY secrets.py tokens/ /app/",
        "RUN --mount=type=secret,id=npm cat /run/secrets/npm",
        "ENV POSTGRES_PASSWORD_FILE=/run/secrets/pg TOKENIZERS_PARALLELISM=false",
        "RUN login --password $PASSWORD --token ${TOKEN}",
        "RUN cd /src && PWD=/x make",
        "HEALTHCHECK CMD curl -f http://localhost:8080/health",
        'ENTRYPOINT ["docker-entrypoint.sh"]',
        "RUN git clone https://x.example/a@v1.git",
        "ADD file:abc in /",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact.text(text) == text


def test_variables_and_labels_are_judged_by_their_names() -> None:
    assert redact.variable("DB_PASSWORD=hunter2") == "DB_PASSWORD=***"
    assert redact.variable("DB_PASSWORD=") == "DB_PASSWORD="
    assert redact.variable("DB_PASS=hunter2") == "DB_PASS=***"
    assert redact.variable("DB_URL=postgres://me:hunter2@db/x") == "DB_URL=postgres://me:***@db/x"
    assert redact.variable("LANG=C.UTF-8") == "LANG=C.UTF-8"
    assert redact.pair("com.example.api-key", "abc") == "***"
    assert redact.words(["run", "--password", "hunter2", "--verbose"]) == ("run", "--password", "***", "--verbose")


@settings(max_examples=100)
@given(st.text(max_size=200))
def test_hiding_twice_is_hiding_once(text: str) -> None:
    once = redact.text(text)
    assert redact.text(once) == once


EVIL = [
    "eyJ-" * 20000,
    "eyJaaaaaaaa.eyJ" * 5000,
    'a="' * 30000,
    "PASSWORD=" * 8000,
    "-----BEGIN PRIVATE KEY-----" * 3000,
    "://" + "a:" * 30000,
    "://a:" * 15000,
    "curl " * 15000,
    "bearer " * 10000,
    "--token" * 10000,
    "ENV a " * 10000,
    "token" + " " * 60000,
    "'password'" * 6000,
    "-" * 65000 + "secret",
    "\\" * 65000 + 'password="',
]


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
def test_no_text_makes_it_slow(text: str) -> None:
    begun = time.process_time()
    redact.text(text)
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    ("created_by", "shown"),
    [
        ('/bin/sh -c #(nop)  CMD ["bash"]', 'CMD ["bash"]'),
        ("/bin/sh -c #(nop) ADD file:abc in / ", "ADD file:abc in /"),
        ("/bin/sh -c apt-get update", "RUN apt-get update"),
        ("RUN /bin/sh -c apt-get update # buildkit", "RUN apt-get update"),
        ("RUN |2 A=b C=d e /bin/sh -c make # buildkit", "RUN make"),
        ("|1 PASSWORD=hunter2 /bin/sh -c make", "RUN make"),
        ("COPY . . # buildkit", "COPY . ."),
        ("RUN /bin/bash -o pipefail -c x # buildkit", "RUN /bin/bash -o pipefail -c x"),
        ("/bin/sh -c #(nop)  ENV PASSWORD=hunter2", "ENV PASSWORD=***"),
        ("", None),
        (None, None),
        ("  ", None),
    ],
)
def test_what_builders_wrote_is_shown_as_an_instruction(created_by: str | None, shown: str | None) -> None:
    assert instruction.clean(created_by) == shown
