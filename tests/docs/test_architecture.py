"""docs/architecture.md draws the rooms that there are, as lint-imports keeps them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = "ocsp_staple_exporter"
PAGE = (ROOT / "docs/architecture.md").read_text()
ROOMS, OF_WEB = PAGE.split("```\n")[1::2][:2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
ORDER, OF_THE_LAB, OF_PURITY = SETTINGS["importlinter"]["contracts"]
LAYERS = [layer.replace(f"{PACKAGE}.", "").split(" | ") for layer in ORDER["layers"]]


def modules(directory: Path) -> set[str]:
    """What lies there, a package with its stroke: `app.py`, `web/`."""
    files = {path.name for path in directory.glob("*.py") if not path.name.startswith("__")}
    return files | {f"{path.parent.name}/" for path in directory.glob("*/__init__.py")}


def drawn(text: str) -> list[str]:
    return re.findall(r"(?:^|  |, )(\w+(?:/|\.py))(?=[ ,])", text, re.MULTILINE)


def test_every_room_is_drawn_once() -> None:
    assert sorted(drawn(ROOMS)) == sorted(modules(ROOT / "src" / PACKAGE))


def test_every_part_of_web_is_drawn_once() -> None:
    assert sorted(drawn(OF_WEB)) == sorted(modules(ROOT / "src" / PACKAGE / "web"))


def test_a_room_is_drawn_above_those_that_it_may_import() -> None:
    layer_of = {room: layer for layer, rooms in enumerate(LAYERS) for room in rooms}
    shown = [layer_of[re.sub(r"/|\.py", "", room)] for room in drawn(ROOMS)]
    assert shown == sorted(shown)


def test_the_rooms_called_pure_are_those_that_are_held_to_it() -> None:
    (sentence,) = re.findall(r"^(`diagnosis/`.*?) know no clock", PAGE, re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"`(\w+)(?:/|\.py)`", sentence))
    marked = set(re.findall(r"^(\w+)(?:/|\.py) .*; pure\b", ROOMS, re.MULTILINE))
    assert named == {room.removeprefix(f"{PACKAGE}.") for room in OF_PURITY["source_modules"]}
    assert marked <= named


def test_no_room_above_the_laboratory_may_use_it_but_the_demo() -> None:
    above = {room for rooms in LAYERS[: LAYERS.index(["lab"])] for room in rooms} - {"__main__", "cli", "demo"}
    assert {room.removeprefix(f"{PACKAGE}.") for room in OF_THE_LAB["source_modules"]} == above
