"""As a plugin of Nagios: Monitoring Plugins Development Guidelines."""

from __future__ import annotations

import re

import pytest

from ocsp_staple_exporter.check import nagios
from ocsp_staple_exporter.check.nagios_status import harmless, unknown_line
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.lab.tls_server import Credential
from tests.check.hosts_to_check import Lab, authority, run, showing

LINE = re.compile(r"OCSP STAPLE (OK|WARNING|CRITICAL|UNKNOWN): [^|\n]+?(?: \| ([^|\n]+))?\n")
LABEL = re.compile(r"[a-z_]+=-?[0-9.]+(s?)(?:;[0-9:.]*){0,4}")


@pytest.mark.parametrize(
    ("host", "status", "word"),
    [
        ("healthy-rsa.test", 0, "OK"),
        ("no-ocsp-url.test", 0, "OK"),
        ("expiring-soon.test", 1, "WARNING"),
        ("no-staple.test", 1, "WARNING"),
        ("stale.test", 2, "CRITICAL"),
        ("must-staple.test", 2, "CRITICAL"),
        ("revoked.test", 2, "CRITICAL"),
        ("unknown.test", 2, "CRITICAL"),
        ("closed-port.test", 2, "CRITICAL"),
    ],
)
def test_a_host_is_one_line_with_performance_data(lab: Lab, host: str, status: int, word: str) -> None:
    result = lab.check(host, "--format", "nagios")
    assert (result.exit_code, result.stderr) == (status, "")
    match = LINE.fullmatch(result.stdout)
    assert match is not None
    assert match[1] == word
    assert f": {host}: " in result.stdout
    data = match[2].split(" ")
    assert all(LABEL.fullmatch(each) for each in data)
    assert data[-1].startswith("duration=")


def test_the_time_left_is_measured_and_critical_below_0(lab: Lab) -> None:
    left = {
        host: re.search(r" time_left=(-?\d+)s;;0: ", lab.check(host, "--format=nagios").stdout)
        for host in ("healthy-rsa.test", "stale.test", "no-staple.test")
    }
    assert left["no-staple.test"] is None
    assert left["healthy-rsa.test"] is not None
    assert left["stale.test"] is not None
    assert int(left["healthy-rsa.test"][1]) > 0 > int(left["stale.test"][1])


def test_several_hosts_are_counted_and_the_ill_ones_follow_the_worst_first(lab: Lab) -> None:
    result = lab.check("--format", "nagios")
    assert result.exit_code == 2
    first, *others = result.stdout.splitlines(keepends=True)
    assert first.startswith("OCSP STAPLE CRITICAL: 11 of 15 hosts are ill, the worst is revoked.test: The CA ")
    assert " | ok=4;;;0;15 warning=2;;;0;15 critical=9;;;0;15 unknown=0;;;0;15 least_time_left=-" in first
    assert [line.split(": ")[0] for line in others] == ["CRITICAL"] * 9 + ["WARNING"] * 2
    assert all("|" not in line for line in others)


def test_several_good_hosts_are_ok(lab: Lab) -> None:
    result = lab.check("healthy-rsa.test", "delegated.test", "--format", "nagios")
    assert result.exit_code == 0
    assert result.stdout.startswith("OCSP STAPLE OK: 2 of 2 hosts are good | ok=2;;;0;2 ")
    assert result.stdout.count("\n") == 1


def test_what_nagios_would_cut_off_is_counted(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nagios, "LARGEST", 600)
    text = lab.check("--format", "nagios").stdout
    assert len(text.encode()) < 600 + len("and 11 more\n")
    shown = text.count("\nCRITICAL: ") + text.count("\nWARNING: ")
    assert text.endswith(f"\nand {11 - shown} more\n")
    assert 0 < shown < 11


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--format=nagios"], "Name what to check"),
        (["--format", "nagios", "www.example", "--bogus"], "No such option"),
        (["www.example", "--bogus", "--format", "nagios"], "No such option"),
        (["a|b", "--format", "nagios"], r'"\x7c" may not stand in it'),
        (["www.example", "--at=2026-03-01T12:00:00Z", "--format=nagios"], "--at goes with"),
        (["--targets", "/none", "--format=nagios"], "cannot be read"),
        (["--staple=a", "--leaf=b", "--format=nagios"], "--format nagios goes with HOST"),
    ],
)
def test_wrong_use_is_unknown_and_told_on_stdout(arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (3, "")
    assert result.stdout.startswith("OCSP STAPLE UNKNOWN: ")
    assert words in result.stdout
    assert result.stdout.count("\n") == 1
    assert "|" not in result.stdout


def test_a_host_of_that_name_is_no_format() -> None:
    assert run("nagios", "--bogus").exit_code == 64


def test_a_bug_is_unknown(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> object:
        raise RuntimeError("ours | x=1")

    monkeypatch.setattr("ocsp_staple_exporter.check.host_mode.run", fail)
    result = lab.check("stale.test", "--format", "nagios")
    assert (result.exit_code, result.stdout) == (3, "OCSP STAPLE UNKNOWN: RuntimeError: ours \\x7c x=1\n")
    assert "Traceback" in result.stderr


def test_what_strangers_supply_adds_neither_data_nor_lines() -> None:
    issuer = authority().issue_authority("evil | a=1\nCRITICAL: x\x1b[31m\u202e")
    leaf = issuer.issue_leaf("www.example", ocsp_urls=["http://ocsp.example/|b=2\n"])
    made = staple(leaf, issuer, now=authority().now, flaw="expired", responder_id="by_name")
    for shown in (made, None):
        with showing(Credential(leaf.chain, leaf.key, shown)) as port:
            text = run(f"localhost:{port}", "--no-http", "--format", "nagios").stdout
        assert LINE.fullmatch(text)
        assert set(text) - {"\n"} <= {character for character in text if character.isprintable()}


def test_a_bar_is_escaped() -> None:
    assert harmless("a|b") == r"a\x7cb"
    assert unknown_line("one\n two | three") == r"OCSP STAPLE UNKNOWN: one two \x7c three"
