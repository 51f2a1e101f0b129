"""The command on a terminal: colours, widths, the progress bar, Ctrl-C; and in a pipe that closes."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import pytest
from rich.cells import cell_len

from ocsp_staple_exporter.check import host
from ocsp_staple_exporter.diagnosis import Diagnosis, Fix
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.lab.tls_server import Credential
from tests.check.hosts_to_check import Lab, authority, run, showing

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
HOSTILE = "\x1b[31m\u202eEvil\r\n[bold red]CA[/] \u5927\u5b66 \\ \ue000"


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "ocsp_staple_exporter", "check", *arguments]


def _environment(**more: str) -> dict[str, str]:
    hidden = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"}
    return {name: value for name, value in os.environ.items() if name not in hidden} | {"TERM": "xterm-256color"} | more


@contextmanager
def terminal(width: int) -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    try:
        yield ours, theirs
    finally:
        os.close(ours)


def _on_a_terminal(
    *arguments: str, width: int = 100, environment: Mapping[str, str] = MappingProxyType({"NO_COLOR": "1"})
) -> tuple[int, str]:
    """Status and what the terminal was sent."""
    with terminal(width) as (ours, theirs):
        process = subprocess.Popen(
            _command(*arguments), stdin=theirs, stdout=theirs, stderr=theirs, env=_environment(**environment)
        )
        os.close(theirs)
        shown = _read_to_the_end(ours)
        return process.wait(), shown


def _read_to_the_end(ours: int) -> str:
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # EIO: Linux says so when the other end is closed
        pass
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
@pytest.mark.parametrize("hosts", [["stale.test"], ["stale.test", "healthy-rsa.test"]])
def test_a_terminal_gets_colours_unless_it_wants_none(
    lab: Lab,
    hosts: list[str],
    environment: dict[str, str],
    coloured: bool,  # noqa: FBT001 - a column of the table
) -> None:
    status, shown = _on_a_terminal("--config.file", lab.config_file, "--no-http", *hosts, environment=environment)
    report = shown[shown.index("invalid") if len(hosts) == 1 else shown.index("2 hosts: ") :]
    assert status == 2
    assert (re.search(r"\x1b\[[0-9;]*m", report) is not None) is coloured


@pytest.mark.parametrize("width", [1, 40, 132])
def test_a_narrow_terminal_gets_everything_within_its_width(lab: Lab, width: int) -> None:
    given = ("--config.file", lab.config_file, "--no-http", "stale.test")
    _, shown = _on_a_terminal(*given, width=width)
    headline, *lines = shown.splitlines()
    assert headline.startswith("invalid: stale.test: The staple is stale")
    wrapped = [line for line in lines if not line.startswith("    ")]
    assert max(map(cell_len, wrapped)) <= max(width, 40)
    assert any(line.startswith("nextUpdate") for line in lines)


def test_the_table_is_folded_to_a_terminal_and_not_in_a_pipe(lab: Lab) -> None:
    given = ("--config.file", lab.config_file, "--no-http")
    _, shown = _on_a_terminal(*given, width=44)
    table = ESCAPE.sub("", shown).split("\n\n")[1]
    assert max(map(cell_len, table.splitlines())) <= 44
    piped = lab.check().stdout.split("\n\n")[1]
    assert len(piped.splitlines()) == 16


def test_a_long_name_breaks_no_line_in_a_pipe(lab: Lab, tmp_path: Path) -> None:
    names = [f"{'long-' * 30}{number}" for number in range(2)]
    port = lab.laboratory.closed_port
    targets = "".join(f"  - {{host: 127.0.0.1, port: {port}, name: {name}}}\n" for name in names)
    (tmp_path / "hosts.yaml").write_text(f"targets:\n{targets}")
    table = run("--config.file", str(tmp_path / "hosts.yaml")).stdout.split("\n\n")[1]
    assert [line.split() for line in table.splitlines()[1:]] == [
        [name, "unreachable", "-", "connect_refused"] for name in names
    ]


def test_a_snippet_stands_in_lines_of_its_own_whatever_the_width(lab: Lab) -> None:
    given = ("--config.file", lab.config_file, "--server", "nginx", "no-staple.test")
    _, shown = _on_a_terminal(*given, width=40)
    assert "\n    ssl_trusted_certificate /etc/nginx/tls/no-staple.test.trusted.pem;\n" in shown


def test_a_bar_shows_the_progress_on_a_terminal_and_goes_away(lab: Lab) -> None:
    _, shown = _on_a_terminal("--config.file", lab.config_file, "--no-http")
    assert "checking" in shown
    assert "15/15" in shown
    assert "11 ill" in shown
    assert "checking" not in shown[shown.index("15 hosts: ") :]
    _, alone = _on_a_terminal("--config.file", lab.config_file, "--no-http", "stale.test")
    assert "checking" not in alone


def test_the_bar_is_on_stderr_and_only_on_a_terminal(lab: Lab, tmp_path: Path) -> None:
    assert lab.check().stderr == ""
    given = _command("--config.file", lab.config_file, "--no-http", "--json")
    with terminal(100) as (ours, theirs), (tmp_path / "output").open("wb") as output:
        process = subprocess.Popen(given, stdout=output, stderr=theirs, env=_environment())
        os.close(theirs)
        bar = _read_to_the_end(ours)
        assert process.wait() == 3
    assert "15/15" in bar
    assert (tmp_path / "output").read_bytes().startswith(b'{\n  "schema": 1,')


def test_ctrl_c_shows_what_is_known_so_far_and_ends_with_130(lab: Lab) -> None:
    with socket.socket() as silent, terminal(100) as (ours, theirs):
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        hosts = [f"127.0.0.1:{silent.getsockname()[1]}", lab.address]
        given = ["--no-http", "--ca-file", lab.root, "--server-name", "revoked.test", *hosts]
        process = subprocess.Popen(
            _command(*given), stdout=subprocess.PIPE, stderr=theirs, stdin=theirs, env=_environment(NO_COLOR="1")
        )
        os.close(theirs)
        bar = b""
        while b"1/2" not in bar:
            bar += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        rest = _read_to_the_end(ours)
        output, _ = process.communicate()
    assert process.returncode == 130
    assert output.decode().startswith("1 of 2 hosts: 1 revoked\n")
    assert "Interrupted: 1 of 2 hosts were checked." in rest
    assert "Traceback" not in rest


@pytest.mark.parametrize(("form", "status"), [("text", 3), ("json", 3), ("prometheus", 3), ("nagios", 2)])
def test_a_reader_that_goes_away_does_not_change_the_status(lab: Lab, form: str, status: int) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    given = _command("--config.file", lab.config_file, "--no-http", "--format", form)
    done = subprocess.run(given, stdout=theirs, stderr=subprocess.PIPE, check=False)
    os.close(theirs)
    assert (done.returncode, done.stderr) == (status, b"")


@pytest.mark.parametrize(
    ("redirection", "complaint"),
    [(">&-", b""), (">/dev/full", b"Error: the report cannot be written: No space left on device\n")],
)
def test_a_report_that_nobody_can_read_does_not_change_the_status(lab: Lab, redirection: str, complaint: bytes) -> None:
    given = _command("--config.file", lab.config_file, "--no-http", "--format=prometheus")
    done = subprocess.run(["sh", "-c", f'"$@" {redirection}', "sh", *given], stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (3, complaint)


def test_an_encoding_that_lacks_a_character_does_not_stop_the_output(lab: Lab) -> None:
    done = subprocess.run(
        _command("--config.file", lab.config_file, "--no-http", "stale.test"),
        capture_output=True,
        check=False,
        env=_environment(PYTHONIOENCODING="ascii", PYTHONUTF8="0"),
    )
    assert (done.returncode, done.stderr) == (2, b"")
    assert rb"RFC 6960 \xa73.2 (6)" in done.stdout


@pytest.mark.parametrize("flaw", [None, "expired", "responder_not_found", "no staple"])
@pytest.mark.parametrize("form", ["text", "json", "prometheus", "nagios"])
def test_names_of_strangers_are_escaped_in_every_format(form: str, flaw: str | None) -> None:
    issuer = authority().issue_authority(HOSTILE)
    leaf = issuer.issue_leaf(
        "www.example", ocsp_urls=[f"http://ocsp.example/{HOSTILE.encode('ascii', 'ignore').decode()}"]
    )
    made = None if flaw == "no staple" else staple(leaf, issuer, now=issuer.now, flaw=flaw, responder_id="by_name")
    with showing(Credential(leaf.chain, leaf.key, made)) as port:
        shown = run(f"localhost:{port}", "--no-http", "--format", form).stdout
        table = run(f"localhost:{port}", f"127.0.0.1:{port}", "--no-http", "--format", form, "-v").stdout
    for text in (shown, table):
        assert set(text) - {"\n"} <= {character for character in text if character.isprintable()}
    if form == "text":
        assert r"\x1b[31m\u202eEvil\r\n[bold red]CA[/] 大学 \\\\ \ue000" in re.sub(r"\s+", " ", shown)


@pytest.mark.parametrize("form", ["text", "nagios"])
def test_a_diagnosis_that_quotes_a_stranger_harms_no_terminal(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    fix = Fix(software=None, text=HOSTILE, snippet=f"one\n{HOSTILE}")
    hostile = Diagnosis(headline=HOSTILE, effect=HOSTILE, cause=HOSTILE, fixes=(fix,), runbook="X")
    monkeypatch.setattr(host, "diagnose", lambda *_arguments: hostile)
    text = lab.check("stale.test", "--format", form).stdout
    assert set(text) - {"\n"} <= {character for character in text if character.isprintable()}
    assert r"\x1b[31m\u202eEvil" in text


def test_ten_thousand_characters_of_a_stranger_are_cut() -> None:
    leaf = authority().issue_leaf("www.example", ocsp_urls=["http://ocsp.example/" + "x" * 10_000])
    with showing(Credential(leaf.chain, leaf.key)) as port:
        text = run(f"localhost:{port}", "--no-http").stdout
    assert "x" * 50 in text
    assert len(text) < 8_000
