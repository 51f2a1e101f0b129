from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from ocsp_staple_exporter.check.facts import span_in_words
from ocsp_staple_exporter.check.files import Form
from ocsp_staple_exporter.check.report import Subject, examine
from ocsp_staple_exporter.check.text import as_text
from ocsp_staple_exporter.lab.flaws import FLAWS
from ocsp_staple_exporter.lab.staples import staple
from tests.check.files_to_check import AT, Folder, masked, suited
from tests.ocsp.pki import NOW

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "\x1b[31m\u202eEvil\r\n[bold red]CA[/] \u5927\u5b66 \\ \ue000"


@pytest.mark.parametrize("flaw", ["sound", "expired", "revoked", "status_try_later", "refresh_overdue"])
def test_the_output_is_word_for_word_what_it_was(files: Folder, flaw: str) -> None:
    shown = masked(files.judge(flaw=None if flaw == "sound" else flaw).stdout)
    assert shown == (GOLDEN / f"{flaw}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("flaw", sorted(FLAWS.keys() - {"malformed:pem"}))
def test_every_flaw_is_shown_in_80_columns_with_its_label_first_and_no_control_character(
    files: Folder, flaw: str
) -> None:
    lines = suited(files, flaw).judge(flaw=flaw).stdout.splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert all(line.isprintable() and line == line.rstrip() for line in lines)
    failures = lines[lines.index(next(line for line in lines if line.endswith(" failed"))) + 1 :]
    shown = {line.split()[1].rstrip(":") for line in failures if line.startswith(("  error ", "  warning "))}
    assert FLAWS[flaw].reason.value in shown


def test_each_check_is_shown_with_its_clause_whole(files: Folder) -> None:
    text = files.judge(flaw="expired").stdout
    checks = re.findall(r"^  (?:error|warning|passed|n/a) ", text, re.MULTILINE)
    assert len(checks) == 51
    assert len(re.findall(r"(?:RFC \d{4}|BR) §[\d.]+(?: \(\d\))?\]$", text, re.MULTILINE)) == len(checks)


def test_names_of_strangers_are_escaped(files: Folder) -> None:
    evil = files.ca.issue_authority(HOSTILE)
    leaf = evil.issue_leaf("www.example")
    files.put("leaf.pem", leaf.chain_pem)
    for flaw in (None, "expired", "responder_not_found"):
        files.put("staple.der", staple(leaf, evil, now=NOW, flaw=flaw, responder_id="by_name"))
        text = files.run("--staple", "staple.der", "--leaf", "leaf.pem").stdout
        assert set(text) - {"\n"} == {character for character in text if character.isprintable()}
        assert r"CN=\x1b[31m\u202eEvil\r\n[bold red]CA[/] 大学 \\\\ \ue000" in re.sub(r"\s+", " ", text)
        assert max(map(cell_len, text.splitlines())) <= 80
        assert HOSTILE not in files.run("--staple", "staple.der", "--leaf", "leaf.pem", "--json").stdout


def test_a_long_name_is_broken_and_not_the_line(files: Folder) -> None:
    long = files.ca.issue_authority("M" * 64)
    leaf = long.issue_leaf("www.example")
    files.put("leaf.pem", leaf.chain_pem)
    files.put("staple.der", staple(leaf, long, now=NOW, responder_id="by_name"))
    lines = files.run("--staple", "staple.der", "--leaf", "leaf.pem").stdout.splitlines()
    assert max(map(cell_len, lines)) <= 80


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_gets_colours_unless_it_wants_none(
    files: Folder,
    environment: dict[str, str],
    coloured: bool,  # noqa: FBT001 - a column of the table
) -> None:
    files.judge(flaw="expired")
    shown = _on_a_terminal({"TERM": "xterm-256color", **environment})
    assert ("\x1b[" in shown) is coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown).replace("\r\n", "\n")
    assert plain.startswith("errors: the staple does not verify: expired\n")


def _on_a_terminal(environment: dict[str, str]) -> str:
    ours, theirs = pty.openpty()
    named = ["--staple", "staple.der", "--leaf", "leaf.pem"]
    command = [sys.executable, "-m", "ocsp_staple_exporter", "check", AT, *named]
    inherited = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=inherited | environment)
    os.close(theirs)
    shown = b""
    with open(ours, "rb", buffering=0) as terminal:  # noqa: PTH123 - a descriptor
        try:
            while part := terminal.read(4096):
                shown += part
        except OSError:  # EIO: Linux says so when the other end is closed
            pass
    assert process.wait() == 2
    return shown.decode()


def test_a_pipe_gets_no_escapes(files: Folder) -> None:
    assert "\x1b" not in files.judge(flaw="expired").stdout


def test_a_wide_terminal_is_used(files: Folder) -> None:
    subject = Subject(
        name="staple.der", staple=files.staple(), form=Form.DER, leaf=files.leaf.der, issuers=(files.ca.der,)
    )
    report = examine(subject, NOW, timedelta(0))
    console = Console(force_terminal=True, width=120, color_system=None)
    lines = as_text(report, console).splitlines()
    assert 80 < max(map(cell_len, lines)) <= 120
    assert "  passed  serial number: 1c30457f8e7e61a3669b581d172d92a9040eb712 [RFC 6960 §3.2 (1)]" in lines


@pytest.mark.usefixtures("files")
def test_an_encoding_that_lacks_a_character_does_not_stop_the_output() -> None:
    named = ["--staple", "staple.der", "--leaf", "leaf.pem"]
    command = [sys.executable, "-m", "ocsp_staple_exporter", "check", AT, *named]
    done = subprocess.run(
        command, capture_output=True, check=False, env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"RFC 6960 \xa74.2.1" in done.stdout


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=59, microseconds=999_999), "59 s"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(minutes=5, seconds=1), "5 min 1 s"),
        (timedelta(hours=2, seconds=59), "2 h"),
        (timedelta(hours=23, minutes=59, seconds=59), "23 h 59 min"),
        (timedelta(days=3), "3 d"),
        (timedelta(days=3, hours=11, minutes=59), "3 d 11 h"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(span: timedelta, words: str) -> None:
    assert span_in_words(span) == words


def test_who_demands_stapling_is_told(files: Folder) -> None:
    demanding = files.ca.issue_leaf("www.example", must_staple=True)
    files.put("leaf.pem", demanding.chain_pem)
    files.put("staple.der", staple(demanding, files.ca, now=NOW))
    asked = ("--staple", "staple.der", "--leaf", "leaf.pem")
    assert "demands stapling" in " ".join(files.run(*asked).stdout.split())
    files.put("leaf.pem", files.leaf.chain_pem)
    assert "demands stapling" not in files.judge().stdout
