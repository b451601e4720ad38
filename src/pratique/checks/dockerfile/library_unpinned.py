"""Two builds of one file may install two versions of a library that names none."""

from __future__ import annotations

from collections.abc import Iterator

from pratique.checks.check import DockerfileCheck, Hit, at
from pratique.dockerfile.build import Build
from pratique.dockerfile.packages import libraries
from pratique.model import Confidence, Persona, Severity


def run(build: Build) -> Iterator[Hit]:
    """Object to each install by pip, npm, yarn, gem or go that names a package without a version. Paths, lock files and variables pass."""
    for stage in build.stages:
        for instruction in stage.runs:
            for command, program, known, names in libraries(instruction):
                if command.has(*known.locked):
                    continue
                loose = [name.text for name in names if not known.pin.search(name.text)]
                if loose:
                    yield at(command, f"{program} installs {loose[0]}{f' and {len(loose) - 1} more' if len(loose) > 1 else ''} in any version")


CHECK = DockerfileCheck(
    id="library-unpinned",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    asks="Is a library or tool installed without a version?",
    remedy="Name the version, best in a lock file: pip install --require-hashes -r requirements.txt, npm ci.",
    run=run,
    catches=(
        "RUN pip install flask",
        "RUN python3 -m pip install --upgrade pip",
        "RUN npm install -g yarn",
        "RUN gem install rails",
        "RUN go install example.com/x/cmd@latest",
        "RUN go get example.com/x",
        "RUN pip3 install -i https://x.example/ flask",
        "RUN npm i @scope/name",
        "RUN yarn global add serve",
    ),
    passes=(
        'RUN pip install flask==3.0.0 "x>=1"',
        "RUN pip install -r requirements.txt",
        "RUN pip install . ./y x.whl git+https://x.example/y",
        "RUN npm install",
        "RUN npm ci",
        "RUN npm i -g npm@10 @a/b@1.2",
        "RUN gem install rails -v 7.1",
        "RUN gem install rails:7.1",
        "RUN go install example.com/x@v1.2.3",
        "RUN go install ./...",
        "RUN pip install $X",
        "RUN yarn install",
    ),
    persona=Persona.PEDANTIC,
    aliases=(
        "DL3013",
        "DL3016",
        "DL3028",
        "DL3062",
    ),
)
