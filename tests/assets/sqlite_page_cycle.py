"""An RPM database whose pages point at each other."""

import sqlite3
from pathlib import Path

import evil
import image_maker as im
from evil import Evil

RELEASE = 'ID="almalinux"\nNAME="AlmaLinux"\nVERSION_ID="9.3"\nPRETTY_NAME="AlmaLinux 9.3"\n'


def make(folder: Path) -> str:
    path = folder / "rpmdb.sqlite"
    db = sqlite3.connect(path)
    db.execute("pragma page_size = 4096")
    db.execute("create table Packages (hnum integer primary key autoincrement, blob blob not null)")
    db.executemany("insert into Packages (blob) values (?)", [(bytes(3000),) for _ in range(400)])
    db.commit()
    (root,) = db.execute("select rootpage from sqlite_master where name = 'Packages'").fetchone()
    db.close()
    data = bytearray(path.read_bytes())
    path.unlink()
    begin = (root - 1) * 4096
    assert data[begin] == 5, "the table's root is an interior page"
    for at in range(int.from_bytes(data[begin + 3 : begin + 5], "big")):  # every child is the root itself (fileformat2.html 1.6)
        cell = int.from_bytes(data[begin + 12 + 2 * at : begin + 14 + 2 * at], "big")
        data[begin + cell : begin + cell + 4] = root.to_bytes(4, "big")
    data[begin + 8 : begin + 12] = root.to_bytes(4, "big")
    return evil.archive(folder, [im.file("etc/os-release", RELEASE), im.file("var/lib/rpm/rpmdb.sqlite", bytes(data))])


EVIL = Evil(
    id="sqlite_page_cycle",
    attack="The b-tree of an RPM database has itself as its child and is walked for ever (sqlite.org/fileformat2.html 1.6).",
    make=make,
    expect=(3,),
    says=r"layer 0: .*rpmdb\.sqlite.*used twice.*→",
)
