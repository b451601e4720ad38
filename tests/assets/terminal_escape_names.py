"""Names, versions and instructions full of what steers a terminal."""

from pathlib import Path

import evil
import image_maker as im
from evil import Evil

STEER = "\x1b]0;owned\x07\x1b[2J\x1b[1;1H\x9b31m\u202e\u2066\r\n"


def make(folder: Path) -> str:
    line = STEER.replace("\n", "").replace("\r", "")
    installed = evil.apk("musl", "1.2.4-r0") + f"P:evil{line}\nV:1.0-r0\nL:{line}\nm:{line}\no:evil{line}\n\nP:odd\nV:1{line}\n\n"
    release = evil.OS_RELEASE.replace("Alpine Linux v3.18", f"Alpine{line}")
    entries = [
        im.file("etc/os-release", release),
        im.file("lib/apk/db/installed", installed),
        im.file(f"srv/{STEER}/id_rsa", evil.KEY),
        im.file(f"../{STEER}", b"x"),
        im.file("app/node_modules/x/package.json", '{"name":"x\\u001b[31m","version":"1\\u001b[0m","license":"\\u009b"}'),
        im.file(f"app/{STEER}.jar", b"no jar"),
    ]
    return evil.archive(
        folder,
        im.Layer(entries, instruction=f"RUN echo {STEER} # buildkit"),
        tags=["app:1"],
        config={"User": f"\x1b[2J{line}", "Labels": {STEER: STEER}},
    )


EVIL = Evil(
    id="terminal_escape_names",
    attack="Names and instructions clear the screen, set its title or turn its text, to hide findings or worse (ECMA-48; CVE-2021-42574).",
    make=make,
    expect=(3,),
    says=r"\\x1b\[2J.*id_rsa",
)
