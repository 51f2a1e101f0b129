from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta

import click
import pytest

from ocsp_staple_exporter.check import command, file_mode
from ocsp_staple_exporter.check.report import Report, Subject
from ocsp_staple_exporter.lab.flaws import FLAWS, ODDITIES, Severity
from ocsp_staple_exporter.model import Reason
from tests.check.files_to_check import AT, Folder, suited

UTTERED = {Reason.REVOKED.value, Reason.CERT_STATUS_UNKNOWN.value}


@pytest.mark.parametrize("flaw", [None, *ODDITIES])
def test_a_sound_staple_ends_with_0(files: Folder, flaw: str | None) -> None:
    result = files.judge(flaw=flaw)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("good: ")


@pytest.mark.parametrize("flaw", sorted(FLAWS.keys() - {"malformed:pem"}))
def test_a_flaw_ends_with_the_status_of_its_severity(files: Folder, flaw: str) -> None:
    files = suited(files, flaw)
    expected = FLAWS[flaw]
    result = files.judge("--json", flaw=flaw)
    found = json.loads(result.stdout)
    assert found["exit_status"] == result.exit_code
    named = {finding["reason"] for finding in found["verdict"]["errors"] + found["verdict"]["warnings"]}
    assert expected.reason.value in named
    assert result.exit_code == (3 if named & UTTERED else 2 if expected.severity is Severity.ERROR else 1)
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("flaw", "result"),
    [
        (None, "good"),
        ("refresh_overdue", "warnings"),
        ("expired", "errors"),
        ("revoked", "revoked"),
        ("revoked:expired", "revoked"),
        ("cert_status_unknown", "unknown"),
        ("revoked+responder_not_issued_by_ca", "errors"),
    ],
)
def test_a_status_outweighs_other_errors_but_only_from_whom_it_is_believed(
    files: Folder, flaw: str | None, result: str
) -> None:
    assert json.loads(files.judge("--json", flaw=flaw).stdout)["result"] == result


@pytest.mark.parametrize(
    ("at", "status"),
    [
        ("2026-03-01T12:00:00Z", 0),
        ("2026-03-01T13:00:00+01:00", 0),
        ("2026-03-04T11:00:00Z", 1),
        ("2026-03-04T12:04:59Z", 1),
        ("2026-03-04T12:05:00Z", 2),
        ("1970-01-01T00:00:00Z", 2),
        ("9997-12-31T23:59:59Z", 2),
    ],
)
def test_the_staple_is_judged_as_of_the_time_given(files: Folder, at: str, status: int) -> None:
    assert files.judge(f"--at={at}").exit_code == status


@pytest.mark.parametrize(("skew", "status"), [("0", 2), ("1h", 2), ("61m", 1), ("1y", 1)])
def test_the_clock_skew_can_be_set(files: Folder, skew: str, status: int) -> None:
    assert files.judge("--at=2026-03-04T13:00:00Z", f"--clock-skew={skew}").exit_code == status


@pytest.mark.usefixtures("files")
def test_without_a_time_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[datetime] = []

    def examine(_subject: Subject, now: datetime, _clock_skew: timedelta) -> Report:
        asked.append(now)
        raise click.Abort

    monkeypatch.setattr(file_mode, "examine", examine)
    arguments = ["--staple", "staple.der", "--leaf", "leaf.pem"]
    with pytest.raises(click.Abort):
        command.check.main(arguments, standalone_mode=False)
    (now,) = asked
    assert abs(now - datetime.now(now.tzinfo)) < timedelta(minutes=1)
    assert now.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--leaf", "leaf.pem"], "Missing option '--staple'"),
        (["--staple", "staple.der"], "Missing option '--leaf'"),
        (["--staple", "staple.der", "--leaf", "leaf.pem", "--isuer", "ca.pem"], "No such option"),
        (["--staple", "staple.der", "--leaf", "leaf.pem", "www.example"], "unexpected extra argument"),
        (["--staple", "-", "--leaf", "-"], "can be read once"),
        (["--staple", "staple.der", "--leaf", "-", "--issuer", "-"], "can be read once"),
    ],
)
def test_wrong_use_ends_with_64_and_says_what(files: Folder, arguments: list[str], words: str) -> None:
    result = files.run(*arguments)
    assert (result.exit_code, result.stdout) == (64, "")
    assert words in result.stderr


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--at=2026-03-01T12:00:00", '"2026-03-01T12:00:00" has no time zone: write 2026-03-01T12:00:00Z'),
        ("--at=2026-03-01", "has no time zone: write 2026-03-01T00:00:00Z"),
        ("--at=yesterday", '"yesterday" is no time: write 2026-03-01T12:00:00Z'),
        ("--at=\x1b[31m", r'"\x1b[31m" is no time'),
        ("--at=1969-12-31T23:59:59Z", "is not between 1970 and 9998"),
        ("--at=9999-12-31T23:59:59-14:00", "is not between 1970 and 9998"),
        ("--at=0001-01-01T00:00:00+14:00", "is not between 1970 and 9998"),
        ("--clock-skew=300", '"300" has no unit: write "300s"'),
        ("--clock-skew=-5m", "is no duration"),
        ("--clock-skew=2y", "is too long"),
    ],
)
def test_a_bad_time_or_duration_ends_with_64_and_says_how_to_mend_it(files: Folder, option: str, words: str) -> None:
    result = files.judge(option)
    assert (result.exit_code, result.stdout) == (64, "")
    assert words in result.stderr


@pytest.mark.parametrize(("raised", "status"), [(RuntimeError("ours"), 70), (KeyboardInterrupt(), 130)])
def test_a_bug_and_an_interrupt_are_no_verdict(
    files: Folder, monkeypatch: pytest.MonkeyPatch, raised: BaseException, status: int
) -> None:
    def examine(*_arguments: object) -> Report:
        raise raised

    monkeypatch.setattr(file_mode, "examine", examine)
    result = files.judge()
    assert (result.exit_code, result.stdout) == (status, "")
    assert ("RuntimeError: ours" in result.stderr) == (status == 70)


@pytest.mark.usefixtures("files")
def test_it_is_a_command_of_the_program_and_loaded_only_when_it_is_asked_for() -> None:
    program = [sys.executable, "-W", "error", "-m", "ocsp_staple_exporter", "check", AT]
    named = ["--staple", "staple.der", "--leaf", "leaf.pem"]
    done = subprocess.run([*program, *named], capture_output=True, check=False, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("good: ")
    source = "import sys, ocsp_staple_exporter.cli; sys.exit('ocsp_staple_exporter.check' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", source], check=False).returncode == 0


def test_a_reader_that_goes_away_does_not_change_the_status(files: Folder) -> None:
    files.put("staple.der", files.staple("revoked"))
    ours, theirs = os.pipe()
    os.close(ours)
    named = ["--staple", "staple.der", "--leaf", "leaf.pem"]
    program = [sys.executable, "-m", "ocsp_staple_exporter", "check", AT, *named]
    done = subprocess.run(program, stdout=theirs, stderr=subprocess.PIPE, check=False)
    os.close(theirs)
    assert (done.returncode, done.stderr) == (3, b"")
