"""Hosts in every state: the exit status, the table and the full report."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from datetime import timedelta

import pytest

from ocsp_staple_exporter.check.grade import EXIT_STATUSES, Grade
from ocsp_staple_exporter.check.software import Server
from ocsp_staple_exporter.diagnosis import RANKS, State
from ocsp_staple_exporter.lab.hosts import CLOSED_HOST, HOSTS
from ocsp_staple_exporter.model import Endpoint, ProbeResult
from ocsp_staple_exporter.probe import Prober
from tests.check.hosts_to_check import Lab, run

OUTCOMES = {
    "healthy-ecdsa.test": (0, "good"),
    "healthy-rsa.test": (0, "good"),
    "delegated.test": (0, "good"),
    "no-ocsp-url.test": (0, "not due"),
    "expiring-soon.test": (1, "warning"),
    "no-staple.test": (1, "missing"),
    "stale.test": (2, "invalid"),
    "try-later.test": (2, "invalid"),
    "bad-signature.test": (2, "invalid"),
    "renewed.test": (2, "invalid"),
    "stranger.test": (2, "invalid"),
    "must-staple.test": (2, "must staple missing"),
    "revoked.test": (3, "revoked"),
    "unknown.test": (3, "unknown"),
    "closed-port.test": (4, "unreachable"),
}


def test_every_host_of_the_laboratory_is_among_them() -> None:
    assert set(OUTCOMES) == {host.name for host in (*HOSTS, CLOSED_HOST)}


@pytest.mark.parametrize("host", OUTCOMES)
def test_a_host_has_the_status_and_the_headline_of_its_state(lab: Lab, host: str) -> None:
    result = lab.check(host)
    status, word = OUTCOMES[host]
    assert (result.exit_code, result.stderr) == (status, "")
    assert result.stdout.startswith(f"{word}: {host}: ")
    assert max(map(len, result.stdout.splitlines()[1:])) > 40


@pytest.mark.parametrize("host", OUTCOMES)
def test_what_is_wrong_is_explained_and_can_be_mended(lab: Lab, host: str) -> None:
    text = lab.check(host).stdout
    ill = OUTCOMES[host][1] not in {"good", "not due"}
    for word in ("effect ", "cause ", "fix ", "runbook ", "what OpenSSL sees"):
        assert (f"\n{word}" in text) is ill, word
    assert re.search(r"\ntook +resolve [\d.]+ ms, connect [\d.]+ ms", text)


def test_a_staple_is_reported_with_every_check(lab: Lab) -> None:
    text = lab.check("stale.test").stdout
    assert "1 of 51 checks failed\n  error   expired: nextUpdate was " in text
    assert len(re.findall(r"^  (?:error|warning|passed|n/a) ", text, re.MULTILINE)) == 51
    assert re.search(r"^chain +2 certificates sent, leads to CN=Lab Root CA$", text, re.MULTILINE)
    assert re.search(r"^nextUpdate +\S+ \(3 d ago\)$", text, re.MULTILINE)


def test_a_missing_staple_and_a_closed_port_are_reported_with_their_labels(lab: Lab) -> None:
    assert "\n  error   must_staple_missing: the leaf demands" in lab.check("must-staple.test").stdout
    assert "\n  warning no_staple: the leaf names" in lab.check("no-staple.test").stdout
    assert "\n  error   connect_refused: 127.0.0.1 refused" in lab.check("closed-port.test").stdout


def test_several_hosts_are_a_table_with_the_worst_first_and_the_status_of_the_worst(lab: Lab) -> None:
    result = lab.check()
    assert (result.exit_code, result.stderr) == (3, "")
    first, _, table, reasons = re.fullmatch(r"(.*)\n(\n)(host .*?)\n\n(.*)\n", result.stdout, re.DOTALL).groups()  # type: ignore[union-attr]
    assert first.startswith("15 hosts: 1 revoked, 1 must staple missing, 1 unknown, 5 invalid, 1 unreachable, ")
    rows = [re.split(r"\s{2,}", line) for line in table.splitlines()[1:]]
    assert {row[0]: row[1] for row in rows} == {host: word for host, (_, word) in OUTCOMES.items()}
    ranks = [RANKS[State(row[1].replace(" ", "_"))] for row in rows]
    assert ranks == sorted(ranks)
    ill = [row[0] for row in rows if row[1] not in {"good", "not due"}]
    assert [line.split(": ")[0] for line in reasons.splitlines()] == ill
    assert rows[[row[0] for row in rows].index("stale.test")][2:] == ["3 d ago", "expired"]


@pytest.mark.parametrize(
    ("hosts", "status"),
    [
        (["healthy-rsa.test", "no-ocsp-url.test"], 0),
        (["healthy-rsa.test", "no-staple.test"], 1),
        (["no-staple.test", "closed-port.test"], 4),
        (["closed-port.test", "stale.test"], 2),
        (["stale.test", "unknown.test"], 3),
        (["unknown.test", "must-staple.test"], 2),
        (["must-staple.test", "revoked.test", "closed-port.test"], 3),
    ],
)
def test_the_worst_host_stands_first_and_decides_the_status(lab: Lab, hosts: list[str], status: int) -> None:
    result = lab.check(*hosts)
    assert result.exit_code == status
    first_row = result.stdout.splitlines()[3]
    assert OUTCOMES[first_row.split()[0]][0] == status


def test_verbose_adds_the_full_report_of_each(lab: Lab) -> None:
    brief, full = (lab.check("stale.test", "healthy-rsa.test", *more).stdout for more in ((), ("-v",)))
    assert full.startswith(brief)
    reports = full.removeprefix(brief).strip("\n").split("\n\n\n")
    assert [report.splitlines()[0].split(":")[0] for report in reports] == ["invalid", "good"]
    alone = lab.check("stale.test").stdout.strip("\n")
    assert _without_times(reports[0]) == _without_times(alone)


def _without_times(report: str) -> str:
    return re.sub(r"^(took|judged at) .*|now is\s+\S+", r"\1", report, flags=re.MULTILINE)


def test_a_host_is_found_by_its_address_and_the_name_to_ask_for(lab: Lab) -> None:
    given = [lab.address, "--server-name", "revoked.test", "--ca-file", lab.root, "--no-http"]
    result = run(*given)
    assert result.exit_code == 3
    assert result.stdout.startswith(f"revoked: {lab.address}: The CA has revoked the certificate")
    assert f"host         {lab.address}, asking for revoked.test, at 127.0.0.1" in result.stdout


def test_an_untrusted_chain_is_shown_and_does_not_change_the_status(lab: Lab) -> None:
    result = run(lab.address, "--server-name", "healthy-rsa.test", "--no-http")
    assert result.exit_code == 0
    assert "2 certificates sent, not trusted: " in result.stdout
    trusted = run(lab.address, "--server-name", "healthy-rsa.test", "--ca-file", lab.root, "--no-http")
    assert "not trusted" not in trusted.stdout


def test_the_chain_is_not_judged_without_a_trust_store(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocsp_staple_exporter.probe.prober.system_trust_anchors", lambda: ())
    text = run(lab.address, "--server-name", "healthy-rsa.test", "--no-http").stdout
    assert "not judged: there is no trust store to ask" in text


def test_the_fix_is_for_the_server_that_was_named(lab: Lab) -> None:
    nginx, apache = (lab.check("no-staple.test", "--server", name).stdout for name in ("nginx", "apache"))
    assert "fix          for nginx: " in nginx
    assert "\n    ssl_stapling on;\n" in nginx
    assert "fix          for Apache httpd: " in apache
    assert "SSLUseStapling" in apache
    for text, other in ((nginx, "Apache httpd"), (apache, "nginx")):
        assert f"for {other}:" not in text
        (others,) = re.findall(r"^other fixes +(.*?)\nrunbook", text, re.MULTILINE | re.DOTALL)
        assert other in others


def test_without_a_name_the_likeliest_fix_is_told_and_the_others_are_named(lab: Lab) -> None:
    text = lab.check("no-staple.test").stdout
    assert text.count("\nfix  ") == 1
    assert re.search(r"^other fixes +.*Apache httpd, HAProxy", text, re.MULTILINE)


def test_a_bug_on_one_host_does_not_keep_the_others_from_being_checked(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = Prober.probe

    async def fail_on_one(self: Prober, endpoint: Endpoint) -> ProbeResult:
        if endpoint.target == "stale.test":
            raise RuntimeError("ours\x1b[31m")
        return await probe(self, endpoint)

    monkeypatch.setattr(Prober, "probe", fail_on_one)
    result = lab.check("stale.test", "revoked.test", "--json")
    assert result.exit_code == 70
    assert "RuntimeError: ours" in result.stderr
    found = {host["target"]: host for host in json.loads(result.stdout)["hosts"]}
    assert found["revoked.test"]["state"] == "revoked"
    assert found["stale.test"]["error"] == {"reason": "internal_error", "detail": r"RuntimeError: ours\x1b[31m"}
    nagios = lab.check("stale.test", "--format=nagios")
    assert (nagios.exit_code, nagios.stdout.split(":")[0]) == (3, "OCSP STAPLE UNKNOWN")


def test_a_bug_in_the_explanation_is_one_host_s_too(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_arguments: object) -> Server:
        raise RuntimeError("ours")

    monkeypatch.setattr("ocsp_staple_exporter.check.probing.ask", fail)
    result = run("--config.file", lab.config_file, "stale.test", "healthy-rsa.test")
    assert result.exit_code == 70
    assert "healthy-rsa.test  good" in result.stdout


def test_no_more_hosts_are_probed_at_once_than_allowed(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    probe, at_once, most = Prober.probe, 0, 0

    async def count(self: Prober, endpoint: Endpoint) -> ProbeResult:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        try:
            return await probe(self, endpoint)
        finally:
            at_once -= 1

    monkeypatch.setattr(Prober, "probe", count)
    lab.check("--concurrency", "3")
    assert most == 3
    most = 0
    lab.check()
    assert most == 15


def test_an_interrupt_shows_what_is_known_so_far(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    _interrupt_at(monkeypatch, "stale.test")
    result = lab.check("revoked.test", "stale.test", "healthy-rsa.test", "--concurrency", "1")
    assert result.exit_code == 130
    assert result.stderr == "Interrupted: 1 of 3 hosts were checked.\n"
    assert result.stdout.startswith("1 of 3 hosts: 1 revoked\n")
    document = json.loads(lab.check("revoked.test", "stale.test", "--concurrency", "1", "--json").stdout)
    assert (document["interrupted"], document["exit_status"], len(document["hosts"])) == (True, 130, 1)


def test_an_interrupt_before_anything_is_known_shows_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    _interrupt_at(monkeypatch, "stale.test")
    result = lab.check("stale.test")
    assert (result.exit_code, result.stdout) == (130, "")


def _interrupt_at(monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    probe = Prober.probe

    async def interrupted(self: Prober, endpoint: Endpoint) -> ProbeResult:
        if endpoint.target == target:
            signal.raise_signal(signal.SIGINT)
            await asyncio.Event().wait()
        return await probe(self, endpoint)

    monkeypatch.setattr(Prober, "probe", interrupted)


def test_a_timeout_can_be_given(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[timedelta] = []
    probe = Prober.probe

    async def note(self: Prober, endpoint: Endpoint) -> ProbeResult:
        seen.append(endpoint.module.timeout)
        return await probe(self, endpoint)

    monkeypatch.setattr(Prober, "probe", note)
    lab.check("stale.test")
    lab.check("stale.test", "--timeout", "1500ms")
    assert seen == [timedelta(seconds=15), timedelta(seconds=1.5)]


def test_every_grade_has_a_status() -> None:
    assert set(EXIT_STATUSES) == set(Grade)
