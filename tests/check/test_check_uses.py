"""The two uses of the command do not mix, and every mistake is told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ocsp_staple_exporter.lab.certificates import pem
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.lab.tls_server import Credential
from tests.check.hosts_to_check import Lab, authority, run, showing

FILES = ("--staple", "staple.der", "--leaf", "leaf.pem")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("www.example", "--at", "2026-03-01T12:00:00Z"), "--at goes with --staple and --leaf."),
        ((*FILES, "--targets", "hosts.txt"), "--targets goes with HOST, --targets or --config.file."),
        ((*FILES, "--no-http"), "--no-http goes with HOST"),
        ((*FILES, "--server", "nginx"), "--server goes with HOST"),
        ((*FILES, "--concurrency", "32"), "--concurrency goes with HOST"),
        ((*FILES, "--format", "prometheus"), "--format prometheus goes with HOST"),
        ((*FILES, "www.example"), "--staple and --leaf judge a file, and probe no HOST."),
        (("www.example", "--json", "--format", "nagios"), None),
        (("www.example", "--json", "--format", "prometheus"), "--json is --format json: drop one"),
        (("www.example", "--timeout", "0"), "must be longer than 0s"),
        (("www.example", "--timeout", "5"), 'has no unit: write "5s"'),
        (("www.example", "--server-name", "192.0.2.1"), '"192.0.2.1" is an IP address, which SNI cannot carry'),
        (("www.example", "--server-name", "a b"), '"a b" is no host name'),
        (("www.example", "--ca-file", ""), "--ca-file:  cannot be read"),
        (("www.example", "--concurrency", "0"), "0 is not in the range"),
        (("www.example", "--concurrency", "513"), "513 is not in the range"),
        (("www.example", "--tls-version", "1.4"), "'1.4' is not one of '1.0', '1.1', '1.2', '1.3'"),
        (("www.example", "--ip-family", "ipv5"), "'ipv5' is not one of"),
        (("www.example", "--server", "netscape"), "'netscape' is not one of"),
    ],
)
def test_wrong_use_is_told_and_ends_with_64(arguments: tuple[str, ...], words: str | None) -> None:
    result = run(*arguments)
    if words is None:  # a plugin's own status, as in test_check_nagios.py
        assert result.exit_code == 3
        return
    assert (result.exit_code, result.stdout) == (64, "")
    assert words in result.stderr


def test_json_may_be_asked_for_twice(lab: Lab) -> None:
    assert json.loads(lab.check("stale.test", "--json", "--format", "json").stdout)["result"] == "errors"


def test_bad_certificates_are_told_with_the_option(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "junk").write_bytes(b"junk")
    for option in ("--ca-file", "--issuer"):
        result = run(lab.address, option, str(tmp_path / "junk"))
        assert (result.exit_code, result.stdout) == (64, "")
        assert f"{option}: " in result.stderr
        assert "holds no certificate" in result.stderr


def test_an_issuer_that_is_not_sent_can_be_given(tmp_path: Path) -> None:
    leaf = authority().issue_leaf("www.example", ocsp_urls=["http://ocsp.example/"])
    credential = Credential((leaf.der,), leaf.key, staple(leaf, authority(), now=authority().now))
    (tmp_path / "issuer.pem").write_bytes(pem(authority().der))
    with showing(credential) as port:
        without = run(f"localhost:{port}", "--no-http")
        given = run(f"localhost:{port}", "--no-http", "--issuer", str(tmp_path / "issuer.pem"))
    assert without.exit_code == 2
    assert "issuer_unavailable" in without.stdout
    assert "not among what was sent: give the certificate of CN=Lab" in " ".join(without.stdout.split())
    assert "issuer_unavailable" not in given.stdout
    assert given.exit_code in {0, 1}


def test_only_one_address_family_is_asked_for(lab: Lab) -> None:
    host = f"localhost:{lab.laboratory.port}"
    assert run(host, "--ip-family", "ipv4", "--no-http").exit_code == 0
    by_file = run("--targets", "-", "--ip-family", "ipv6", "--no-http", stdin=lab.closed_address.encode())
    assert (by_file.exit_code, "cannot be resolved" in by_file.stdout) == (4, True)
    beside = run(lab.closed_address, "--targets", "-", "--ip-family", "ipv6", "--no-http", stdin=b"localhost")
    assert beside.exit_code == 64
    v6 = run(f"[::1]:{lab.laboratory.closed_port}", "--no-http")
    assert v6.exit_code == 4
    assert f"[::1]:{lab.laboratory.closed_port}, without a server name" in v6.stdout


def test_the_help_names_the_groups_of_options_and_imports_nothing_heavy() -> None:
    source = """
import sys
from click.testing import CliRunner
from ocsp_staple_exporter.check.command import check
print(CliRunner().invoke(check, ["--help"]).stdout)
heavy = {"aiohttp", "asyncio", "cryptography", "pydantic", "rich", "yaml", "prometheus_client"}
print("loaded:", sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    for heading in ("What to probe:", "How to probe:", "A staple in a file, instead of hosts:", "What to write:"):
        assert f"\n{heading}\n" in done.stdout
    assert done.stdout.endswith("loaded: []\n")
