"""The fold: who brought what, what is deleted, what could not be told."""

from __future__ import annotations

import image_maker as im
from catalog.toy import PLAN, folded, listed, seen
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.catalog.links import links


def db(*lines: str) -> im.Entry:
    return im.file("var/db/toy", "\n".join(lines))


def test_each_package_is_named_with_the_instruction_that_brought_it() -> None:
    assert listed(folded([db("a 1")], [im.file("x")], [db("a 1", "b 2")])) == {"a 1": ("L0", True), "b 2": ("L2", True)}


def test_a_package_removed_and_installed_again_belongs_to_the_later_layer() -> None:
    found = listed(folded([db("a 1", "b 1")], [db("b 1")], [db("a 1", "b 1")]))
    assert found == {"a 1": ("L2", True), "b 1": ("L0", True)}


def test_a_removed_package_is_kept_as_not_visible() -> None:
    assert listed(folded([db("a 1", "b 1")], [db("b 1")])) == {"b 1": ("L0", True), "a 1": ("L0", False)}


def test_an_upgrade_shows_the_new_version_and_keeps_the_old_one_as_not_visible() -> None:
    assert listed(folded([db("a 1")], [db("a 2")])) == {"a 2": ("L1", True), "a 1": ("L0", False)}


def test_a_database_deleted_above_is_a_blind_gap_and_raises_no_dead() -> None:
    for deletion in (im.whiteout("var/db/toy"), im.whiteout("var/db"), im.whiteout("var"), im.opaque("var/db"), im.opaque(""), im.file("var/db")):
        inventory = folded([db("a 1")], [deletion])
        assert [(p.name, p.origin.visible, p.last_known) for p in inventory.packages] == [("a", False, True)], deletion
        assert [(g.id, g.blind, g.layer) for g in inventory.gaps] == [("database-deleted", True, 1)], deletion


def test_a_database_emptied_above_is_a_blind_gap() -> None:
    inventory = folded([db("a 1")], [db()])
    assert [(g.id, g.blind) for g in inventory.gaps] == [("database-emptied", True)]
    assert [(p.name, p.origin.visible) for p in inventory.packages] == [("a", False)]


def test_a_database_deleted_and_written_again_with_less_is_still_blind() -> None:
    inventory = folded([db("a 1", "b 1")], [im.whiteout("var/db/toy")], [db("a 1")])
    assert listed(inventory) == {"a 1": ("L2", True), "b 1": ("L0", False)}
    assert [g.id for g in inventory.gaps] == ["database-deleted"]


def test_a_record_lost_from_a_folder_of_records_is_a_removal() -> None:
    layers = [im.file("var/db/toy.d/a", "a 1"), im.file("var/db/toy.d/b", "b 1")], [im.whiteout("var/db/toy.d/a")]
    inventory = folded(*layers)
    assert listed(inventory) == {"b 1": ("L0", True), "a 1": ("L0", False)}
    assert not inventory.gaps


def test_a_whiteout_hides_lower_layers_only_wherever_it_stands_in_its_layer() -> None:
    early = folded([db("a 1")], [im.whiteout("var/db/toy"), db("b 1")])
    late = folded([db("a 1")], [db("b 1"), im.whiteout("var/db/toy")])
    assert listed(early) == listed(late) == {"b 1": ("L1", True), "a 1": ("L0", False)}


def test_an_opaque_folder_hides_what_lies_below_it_and_not_what_lies_beside() -> None:
    below = [im.file("srv/a/mod.json", "a 1"), im.file("srv/mod.json", "b 1")]
    assert listed(folded(below, [im.opaque("srv/a")])) == {"b 1": ("L0", True), "a 1": ("L0", False)}
    assert listed(folded(below, [im.file("srv/a/mod.json", "c 1"), im.opaque("srv/a")]))["c 1"] == ("L1", True)


def test_a_folder_that_becomes_a_file_or_a_link_hides_what_was_in_it() -> None:
    for cover in (im.file("srv/a"), im.symlink("srv/a", "/elsewhere")):
        assert listed(folded([im.file("srv/a/mod.json", "a 1")], [cover])) == {"a 1": ("L0", False)}


def test_a_file_that_becomes_a_folder_is_hidden() -> None:
    assert listed(folded([im.file("srv/mod.json", "a 1")], [im.folder("srv/mod.json")])) == {"a 1": ("L0", False)}


def test_a_file_copied_up_unchanged_keeps_the_layer_that_brought_it() -> None:
    entry = im.file("srv/mod.json", "a 1")
    assert listed(folded([entry], [im.file("srv/mod.json", "a 1", mode=0o600)])) == {"a 1": ("L0", True)}


def test_a_file_deleted_and_brought_again_belongs_to_the_later_layer() -> None:
    entry = im.file("srv/mod.json", "a 1")
    assert listed(folded([entry], [im.whiteout("srv/mod.json")], [entry])) == {"a 1": ("L2", True)}


def test_a_nested_root_has_its_own_distribution_and_packages() -> None:
    layer = [
        im.file("etc/os-release", "ID=debian\nVERSION_ID=12\n"),
        db("a 1"),
        im.file("rootfs/etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n"),
        im.file("rootfs/var/db/toy", "b 1"),
        im.file("rootfs/srv/mod.json", "c 1"),
    ]
    inventory = folded(layer)
    assert {(p.name, p.origin.root, p.distribution.split(":")[0]) for p in inventory.packages if p.type == "toy"} == {
        ("a", "", "debian"),
        ("b", "rootfs", "alpine"),
    }
    assert {d.origin.root: d.id for d in inventory.distributions} == {"": "debian", "rootfs": "alpine"}
    assert next(p.origin.root for p in inventory.packages if p.name == "c") == "rootfs"


def test_a_database_behind_a_hard_link_is_found() -> None:
    layer = [im.file("opt/real", "a 1"), im.hardlink("var/db/toy", "opt/real")]
    assert listed(folded(layer)) == {"a 1": ("L0", True)}
    assert listed(folded([im.file("opt/real", "a 1")], [im.hardlink("var/db/toy", "opt/real")])) == {"a 1": ("L1", True)}


def test_a_hard_link_stays_where_the_name_it_was_linked_to_goes_and_goes_where_it_is_deleted_itself() -> None:
    layer = [im.file("opt/real", "a 1"), im.hardlink("srv/mod.json", "opt/real")]
    assert listed(folded(layer, [im.whiteout("opt/real")])) == {"a 1": ("L0", True)}
    assert listed(folded(layer, [im.whiteout("srv/mod.json")])) == {"a 1": ("L0", False)}
    assert listed(folded(layer, [im.file("srv/mod.json", "a 2")])) == {"a 2": ("L1", True), "a 1": ("L0", False)}


def test_a_database_behind_a_symbolic_link_is_found_with_the_layer_of_its_bytes() -> None:
    first = [im.file("data/db/toy", "a 1"), im.folder("var"), im.symlink("var/db", "../data/db")]
    assert listed(folded(first, [im.file("data/db/toy", "a 1\nb 1")])) == {"a 1": ("L0", True), "b 1": ("L1", True)}
    circle = [im.symlink("var/db", "db2"), im.symlink("var/db2", "db")]
    assert listed(folded(circle)) == {}


def test_a_symbolic_link_to_a_database_that_is_turned_or_brought_again_changes_no_origin() -> None:
    first = [im.file("one/toy", "a 1\nb 1"), im.symlink("var/db", "/one")]
    again = [im.symlink("var/db", "/one"), im.folder("one"), im.folder("var")]
    turned = [im.file("two/toy", "a 1"), im.symlink("var/db", "/two")]
    inventory = folded(first, again, turned)
    assert listed(inventory) == {"a 1": ("L0", True), "b 1": ("L0", False)}
    assert not inventory.gaps
    back = [im.symlink("var/db", "/one")]
    assert listed(folded(first, turned, back)) == {"a 1": ("L0", True), "b 1": ("L2", True)}


def test_a_database_whose_symbolic_link_goes_is_a_blind_gap() -> None:
    first = [im.file("one/toy", "a 1"), im.symlink("var/db", "/one")]
    for deletion in (
        im.whiteout("var/db"),
        im.whiteout("one"),
        im.whiteout("var"),
        im.folder("var/db"),
        im.file("var/db"),
        im.symlink("var/db", "/x"),
    ):
        inventory = folded(first, [deletion])
        assert [(p.name, p.origin.visible, p.last_known) for p in inventory.packages] == [("a", False, True)], deletion
        assert [(g.id, g.blind, g.layer) for g in inventory.gaps] == [("database-deleted", True, 1)], deletion


def test_ten_thousand_hard_links_cost_one_look_and_a_bounded_number_of_bytes() -> None:
    many = [im.file("opt/real", "a 1"), *(im.hardlink(f"srv/{n}/mod.json", "opt/real") for n in range(10_000))]
    looks = links([seen(many)], PLAN).looks()
    assert [(look.layer, len(look.names["opt/real"])) for look, _ in looks] == [(0, 10_000)]
    large = [im.file("opt/real", bytes(1 << 20)), *(im.hardlink(f"srv/{n}/mod.json", "opt/real") for n in range(3_000))]
    found = links([seen(large)], PLAN)
    assert len(found.aliases) < 2_048
    assert [(gap.id, gap.blind) for gap in found.gaps] == [("limit-exceeded", True)]


def test_an_owned_package_is_marked_unless_a_later_layer_wrote_it() -> None:
    base = [db("os 1"), im.file("var/db/info/os.list", "usr/lib/mod.json"), im.file("usr/lib/mod.json", "m 1")]
    owner = {p.name: p.owner for p in folded(base).packages}
    assert owner == {"os": "", "m": "pkg:toy/os@1"}
    over = folded(base, [im.file("usr/lib/mod.json", "m 2")])
    assert {p.version: p.owner for p in over.packages if p.name == "m" and p.origin.visible} == {"2": ""}
    claimed = [db("os 1"), im.file("var/db/info/os.list", "")], [im.file("app/mod.json", "evil 1"), im.file("var/db/info/os.list", "app/mod.json")]
    assert {p.name: p.owner for p in folded(*claimed).packages}["evil"] == ""


def test_a_broken_record_is_a_gap_and_the_others_stay() -> None:
    inventory = folded([db("a 1", "broken", "b 1")])
    assert {p.name for p in inventory.packages} == {"a", "b"}
    assert [g.layer for g in inventory.gaps] == [0]


# ------------------------------------------------------------------------------------------------------------------ laws

NAMES = st.sampled_from(["a 1", "a 2", "b 1", "c 1"])
PATHS = st.sampled_from(["srv/mod.json", "srv/x/mod.json", "opt/mod.json"])


@st.composite
def layers(draw: st.DrawFn) -> list[im.Entry]:
    """A layer without duplicate members."""
    entries: dict[str, im.Entry] = {}
    if draw(st.booleans()):
        entries["var/db/toy"] = db(*sorted(draw(st.sets(NAMES))))
    elif draw(st.integers(0, 4)) == 0:
        entries["var/db/.wh.toy"] = im.whiteout("var/db/toy")
    for path in draw(st.sets(PATHS)):
        if draw(st.integers(0, 3)) == 0:
            entries[path + "!"] = im.whiteout(path)
        else:
            entries[path] = im.file(path, draw(NAMES))
    return list(entries.values())


@settings(max_examples=60, deadline=None)
@given(st.lists(layers(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_members_within_a_layer_does_not_matter(stack: list[list[im.Entry]], random: object) -> None:
    shuffled = [list(layer) for layer in stack]
    for layer in shuffled:
        random.shuffle(layer)  # type: ignore[attr-defined]
    assert folded(*stack).packages == folded(*shuffled).packages


@settings(max_examples=60, deadline=None)
@given(st.lists(layers(), min_size=1, max_size=4))
def test_layers_that_bring_nothing_change_nothing(stack: list[list[im.Entry]]) -> None:
    spread = [layer for one in stack for layer in (one, [im.file("tmp/nothing")])]
    plain = {(p.purl, p.locations, p.origin.visible, p.last_known) for p in folded(*stack).packages}
    assert {(p.purl, p.locations, p.origin.visible, p.last_known) for p in folded(*spread).packages} == plain


@settings(max_examples=60, deadline=None)
@given(st.lists(layers(), min_size=1, max_size=4), layers())
def test_a_visible_package_keeps_its_origin_when_layers_are_appended(stack: list[list[im.Entry]], above: list[im.Entry]) -> None:
    before = {(p.purl, p.locations): p.origin.layer for p in folded(*stack).packages if p.origin.visible}
    touched = {entry.path for entry in above}
    for package in folded(*stack, above).packages:
        key = package.purl, package.locations
        if package.origin.visible and key in before and not touched & set(package.locations):
            assert package.origin.layer == before[key]


@settings(max_examples=60, deadline=None)
@given(st.lists(layers(), min_size=1, max_size=4))
def test_visible_packages_are_those_of_the_merged_file_system(stack: list[list[im.Entry]]) -> None:
    """The truth: apply the layers to a dictionary, as an engine would to a disk."""
    disk: dict[str, bytes] = {}
    for layer in stack:
        for entry in layer:
            folder, _, name = entry.path.rpartition("/")
            if name.startswith(".wh."):
                disk.pop(f"{folder}/{name[4:]}", None)
        disk.update({entry.path: entry.data for entry in layer if ".wh." not in entry.path})
    expected = {data.decode() for path, data in disk.items() if path.endswith("mod.json")}
    expected |= {"toy " + line for line in disk.get("var/db/toy", b"").decode().split("\n") if line}
    found = {("toy " if p.type == "toy" else "") + f"{p.name} {p.version}" for p in folded(*stack).packages if p.origin.visible}
    assert found == expected
