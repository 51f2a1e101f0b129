"""The command where a standard stream is closed, full or narrow."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import timedelta

import pytest
from rich.console import Console

from ocsp_staple_exporter.check.files import parse_certificates, parse_staple
from ocsp_staple_exporter.check.report import Subject, examine
from ocsp_staple_exporter.check.text import as_text
from tests.check.files_to_check import AT, Folder
from tests.ocsp.pki import NOW


def run(files: Folder, redirection: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command with its streams redirected by a shell; it runs in the folder."""
    words = [sys.executable, "-m", "ocsp_staple_exporter", "check", AT, *arguments]
    script = f'"$@" {redirection}'
    return subprocess.run(
        ["sh", "-c", script, "sh", *words], cwd=files.path, capture_output=True, text=True, timeout=60, check=False
    )


REVOKED = ("--staple", "revoked.der", "--leaf", "leaf.pem")


@pytest.fixture
def revoked(files: Folder) -> Folder:
    files.put("revoked.der", files.staple("revoked"))
    return files


def test_a_closed_standard_input_is_an_empty_one(files: Folder) -> None:
    ended = run(files, "<&-", "--staple", "revoked.der", "--leaf", "-")
    assert ended.returncode == 64
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_the_verdict_ends_the_command_also_where_nobody_can_read_it(revoked: Folder, form: tuple[str, ...]) -> None:
    closed = run(revoked, ">&-", *REVOKED, *form)
    assert (closed.returncode, closed.stderr) == (3, "")
    full = run(revoked, ">/dev/full", *REVOKED, *form)
    assert (full.returncode, full.stderr) == (3, "Error: the report cannot be written: No space left on device\n")


@pytest.mark.parametrize("width", [1, 9, 10, 13, 40])
def test_the_narrowest_terminal_gets_the_whole_report(files: Folder, width: int) -> None:
    leaf, *issuers = parse_certificates(files.leaf.chain_pem)
    staple = parse_staple(files.staple())
    subject = Subject(name="staple.der", staple=staple.der, form=staple.form, leaf=leaf, issuers=tuple(issuers))
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    report = as_text(examine(subject, NOW, timedelta(0)), console)
    _verdict, *lines = report.splitlines()
    assert any(line.startswith("nextUpdate") for line in lines)
    assert max(map(len, lines)) <= 40


def test_a_byte_order_mark_before_pem_is_passed_over(files: Folder) -> None:
    files.put("bom.pem", b"\xef\xbb\xbf" + files.leaf.chain_pem)
    assert files.run("--staple", "staple.der", "--leaf", "bom.pem").exit_code == 0
