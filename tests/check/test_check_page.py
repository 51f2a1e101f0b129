"""docs/check.md is the contract of the output; here it is held against the program."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ocsp_staple_exporter.check.command import check
from ocsp_staple_exporter.check.report import EXIT_STATUSES
from ocsp_staple_exporter.lab.flaws import FLAWS
from tests.check.files_to_check import Folder, masked

PAGE = (Path(__file__).parents[2] / "docs" / "check.md").read_text(encoding="utf-8")
BY_FIELD = {
    name: row[1]
    for row in re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|", PAGE.split("| field | type |")[1], re.MULTILINE)
    for name in re.findall(r"`([^`]+)`", row[0])
}
TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "time": (str,),
    "boolean": (bool,),
    "object": (dict,),
    "array of objects": (list,),
    "array of strings": (list,),
    "null": (type(None),),
}


def _block(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_example_for_programs_is_what_the_program_writes(files: Folder) -> None:
    found = json.loads(files.judge("--json", flaw="expired").stdout)
    found["checks"] = [one for one in found["checks"] if one["outcome"] == "failed"]
    written = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    (shown,) = _block("json")
    assert masked(written) == masked(shown)


def test_the_example_for_people_is_how_the_output_begins(files: Folder) -> None:
    shown = _block("text")[1]
    written = files.judge(flaw="expired").stdout
    assert masked(written).startswith(masked(shown))


def _fields(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            field = f"{path}.{name}" if path else name
            yield field, inner
            yield from _fields(inner, field)
    elif isinstance(value, list) and path == "checks":
        for inner in value:
            yield from _fields(inner, "checks[]")


@pytest.mark.parametrize("flaw", ["malformed", "revoked", "next_update_missing", *FLAWS][:20])
def test_every_field_is_documented_with_its_type_and_never_left_out(files: Folder, flaw: str) -> None:
    found = json.loads(files.judge("--json", flaw=flaw).stdout)
    fields = [(re.sub(r"^issuer\.", "leaf.", name), value) for name, value in _fields(found)]
    inside = {"verdict.errors", "verdict.warnings", "checks"}
    assert {name for name, _ in fields} | {"staple", "verdict"} == set(BY_FIELD) | {"staple", "verdict"}
    for name, value in fields:
        if name in {"staple", "verdict"}:
            continue
        kinds = tuple(kind for word in BY_FIELD[name].split(" or ") for kind in TYPES[word])
        assert isinstance(value, kinds), name
        assert not isinstance(value, bool) or BY_FIELD[name] == "boolean"
        assert isinstance(value, list) or name not in inside


def test_the_findings_are_a_label_and_words(files: Folder) -> None:
    verdict = json.loads(files.judge("--json", flaw="revoked+next_update_missing").stdout)["verdict"]
    assert all(set(finding) == {"reason", "detail"} for finding in verdict["errors"] + verdict["warnings"])
    assert verdict["errors"]
    assert verdict["warnings"]


def test_the_json_is_utf_8_whatever_the_names(files: Folder) -> None:
    result = files.judge("--json")
    assert json.loads(result.stdout_bytes.decode("utf-8"))["schema"] == 1
    assert "§".encode() in result.stdout_bytes


def test_the_statuses_are_documented() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*?) \|", PAGE, re.MULTILINE)
    documented = {name: int(status) for status, cell in rows for name in re.findall(r"`(\w+)`", cell)}
    assert documented == {grade.value: status for grade, status in EXIT_STATUSES.items()}


def test_the_options_are_documented_all_of_them() -> None:
    listed = re.findall(r"^- `(--[a-z-]+)", PAGE, re.MULTILINE)
    offered = [option.opts[0] for option in check.params if isinstance(option, click.Option)]
    assert listed == offered
