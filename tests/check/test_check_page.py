"""docs/check.md is the contract of the output; here it is held against the program."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ocsp_staple_exporter.check import nagios
from ocsp_staple_exporter.check.command import check
from ocsp_staple_exporter.check.grade import EXIT_STATUSES
from ocsp_staple_exporter.check.nagios_status import WORDS
from ocsp_staple_exporter.diagnosis import Software, State
from ocsp_staple_exporter.lab.flaws import FLAWS
from tests.check.files_to_check import Folder, masked
from tests.check.hosts_to_check import Lab

PAGE = (Path(__file__).parents[2] / "docs" / "check.md").read_text(encoding="utf-8")
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
LEFT_TO_PROSE = {"labels", "durations_seconds", "error", "absence", "server", "leaf", "issuer", "verdict"}
"""Objects of a host that are explained as a whole, or where a file's report is."""


def _section(heading: str) -> str:
    return PAGE.split(f"\n{heading}\n")[1].split("\n## ")[0]


def _block(heading: str, language: str) -> str:
    (block,) = re.findall(rf"```{language}\n(.*?)```", _section(heading), re.DOTALL)
    return str(block)


def _table(heading: str) -> dict[str, str]:
    """Types by field. Where a row names several fields, it names as many types, or one for all."""
    fields: dict[str, str] = {}
    rows = PAGE.split(f"\n| {heading} | type |")[1].split("\n\n")[0]
    for cell, types in re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|", rows, re.MULTILINE):
        names = re.findall(r"`([^`]+)`", cell)
        kinds = types.split(", ")
        fields |= dict(zip(names, kinds * (len(names) // len(kinds)), strict=True))
    return fields


BY_FIELD = _table("field")
BY_HOST_FIELD = _table("host field")


def _masked_host(output: str) -> str:
    """Without what differs from run to run, and without the spaces of its margins."""
    output = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\dZ| UTC)", "TIME", masked(output))
    output = re.sub(r"(resolve|connect|handshake|judge) [\d.]+ ms", r"\1 N ms", output)
    output = re.sub(r"(127\.0\.0\.1:|port )\d+", r"\1PORT", output)
    output = re.sub(r"\d+ (min|h|d|s|minutes)\b", r"N \1", output)
    return re.sub(r"N h N min|N min N s|N min|N d N h", "SPAN", re.sub(r"\s+", " ", output)).strip()


def test_the_report_of_a_host_is_what_the_program_writes(lab: Lab) -> None:
    written = lab.check("stale.test", "--server", "nginx").stdout
    without_second_fix = re.sub(r"\nfix {10}Ask the CA's.*?\n(?=other fixes)", "\n", written, flags=re.DOTALL)
    shown = _block("## One host", "text")
    assert _masked_host(without_second_fix).startswith(_masked_host(shown))


def test_the_table_of_many_hosts_is_what_the_program_writes(lab: Lab) -> None:
    assert _masked_host(lab.check().stdout) == _masked_host(_block("## Many hosts", "text"))


def test_the_line_of_a_plugin_is_what_the_program_writes(lab: Lab) -> None:
    found, shown = (
        re.sub(r"=[\d.]+s", "=Ns", text)
        for text in (
            lab.check("healthy-rsa.test", "--format=nagios").stdout,
            _block("## For Nagios and Icinga", "text"),
        )
    )
    assert found == shown


def test_the_example_for_programs_is_what_the_program_writes(files: Folder) -> None:
    found = json.loads(files.judge("--json", flaw="expired").stdout)
    found["checks"] = [one for one in found["checks"] if one["outcome"] == "failed"]
    written = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    assert masked(written) == masked(_block("## For programs", "json"))


def test_the_example_for_people_is_how_the_output_begins(files: Folder) -> None:
    written = files.judge(flaw="expired").stdout
    assert masked(written).startswith(masked(_block("## A staple in a file", "text")))


# ---------------------------------------------------------------- fields


def _fields(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            field = f"{path}.{name}" if path else name
            yield field, inner
            yield from _fields(inner, field)
    elif isinstance(value, list) and path in {"checks", "hosts", "hosts[].checks"}:
        for inner in value:
            yield from _fields(inner, f"{path}[]")


def _assert_type(name: str, value: object, kind: str) -> None:
    kinds = tuple(each for word in kind.split(" or ") for each in TYPES[word])
    assert isinstance(value, kinds), name
    assert not isinstance(value, bool) or "boolean" in kind


@pytest.mark.parametrize("flaw", ["malformed", "revoked", "next_update_missing", *FLAWS][:20])
def test_every_field_is_documented_with_its_type_and_never_left_out(files: Folder, flaw: str) -> None:
    found = json.loads(files.judge("--json", flaw=flaw).stdout)
    fields = [(re.sub(r"^issuer\.", "leaf.", name), value) for name, value in _fields(found)]
    inside = {"verdict.errors", "verdict.warnings", "checks"}
    assert {name for name, _ in fields} | {"staple", "verdict"} == set(BY_FIELD) | {"staple", "verdict"}
    for name, value in fields:
        if name in {"staple", "verdict"}:
            continue
        _assert_type(name, value, BY_FIELD[name])
        assert isinstance(value, list) or name not in inside


def test_every_field_of_a_host_is_documented_with_its_type_and_never_left_out(lab: Lab) -> None:
    document = json.loads(lab.check("--json").stdout)
    always = {name for name in BY_HOST_FIELD if re.fullmatch(r"hosts\[\]\.[^.]+", name)}
    assert {f"hosts[].{name}" for host in document["hosts"] for name in host} == always
    assert all({f"hosts[].{name}" for name in host} == always for host in document["hosts"])
    met = set()
    for name, value in _fields(document):
        parts = name.split(".")
        if len(parts) > 2 and parts[1] in LEFT_TO_PROSE | {"checks[]"}:
            continue
        met.add(name)
        _assert_type(name, value, BY_HOST_FIELD[name])
    assert met == set(BY_HOST_FIELD)


def test_a_host_and_a_file_are_told_in_the_same_words(lab: Lab) -> None:
    (host,) = json.loads(lab.check("stale.test", "--json").stdout)["hosts"]
    for name in ("leaf", "issuer", "verdict"):
        documented = {field.split(".")[1] for field in BY_FIELD if field.startswith(f"{name}.")}
        assert set(host[name]) == (documented or {field.split(".")[1] for field in BY_FIELD if "leaf." in field})
    assert set(host["checks"][0]) == {field.split(".")[1] for field in BY_FIELD if field.startswith("checks[].")}


def test_the_objects_left_to_prose_have_the_fields_that_it_names(lab: Lab) -> None:
    hosts = {host["target"]: host for host in json.loads(lab.check("--json").stdout)["hosts"]}
    phases = ["resolve", "connect", "proxy", "starttls", "handshake", "judge", "wait"]
    assert list(hosts["stale.test"]["durations_seconds"]) == phases
    assert list(hosts["closed-port.test"]["durations_seconds"].values())[2:] == [None] * 5
    (shaken,) = hosts["stale.test"]["handshakes"]["each"]
    assert list(shaken) == ["retry", "stapled", "leaf_sha256", "staple_sha256", "verified", "next_update", "error"]
    assert set(hosts["closed-port.test"]["error"]) == {"reason", "detail"}
    assert set(hosts["must-staple.test"]["absence"]) == {"errors", "warnings"}
    assert set(hosts["stale.test"]["server"]) == {"header", "software"}
    fixes = hosts["stale.test"]["diagnosis"]["fixes"]
    assert all(set(fix) == {"software", "text", "snippet"} for fix in fixes)


def test_the_findings_are_a_label_and_words(files: Folder) -> None:
    verdict = json.loads(files.judge("--json", flaw="revoked+next_update_missing").stdout)["verdict"]
    assert all(set(finding) == {"reason", "detail"} for finding in verdict["errors"] + verdict["warnings"])
    assert verdict["errors"]
    assert verdict["warnings"]


def test_the_json_is_utf_8_whatever_the_names(files: Folder) -> None:
    result = files.judge("--json")
    assert json.loads(result.stdout_bytes.decode("utf-8"))["schema"] == 1
    assert "§".encode() in result.stdout_bytes


# ---------------------------------------------------------------- words


def test_the_statuses_are_documented() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*?) \|", _section("## Exit status"), re.MULTILINE)
    documented = {name: int(status) for status, cell in rows for name in re.findall(r"`(\w+)`", cell)}
    assert documented == {grade.value: status for grade, status in EXIT_STATUSES.items()}


def test_the_statuses_of_a_plugin_are_documented() -> None:
    rows = re.findall(r"^\| (\d) \| (\w+) \| (.*?) \|", _section("## For Nagios and Icinga"), re.MULTILINE)
    assert {int(status): word for status, word, _ in rows} == WORDS
    documented = {name: int(status) for status, _, cell in rows for name in re.findall(r"`(\w+)`", cell)}
    assert documented == {grade.value: status for grade, status in nagios.STATUSES.items()}


def test_the_options_are_documented_all_of_them() -> None:
    listed = re.findall(r"^- (?:`-[a-z]`, )?`(--[a-z.-]+)", PAGE, re.MULTILINE)
    offered = [max(option.opts, key=len) for option in check.params if isinstance(option, click.Option)]
    assert sorted(listed) == sorted(offered)


def test_the_states_and_servers_are_documented() -> None:
    (states,) = re.findall(r"^\| `hosts\[\]\.state` \| string \| (.*?) \|$", PAGE, re.MULTILINE)
    assert re.findall(r"`(\w+)`", states) == [state.value for state in State if state is not State.WAITING]
    (servers,) = re.findall(r"^- `--server NAME`: (.*)$", PAGE, re.MULTILINE)
    assert re.findall(r"`(\w+)`", servers) == [software.value for software in Software]
