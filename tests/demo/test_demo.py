"""The command `demo`, end to end: real sockets, real handshakes, scraped as Prometheus would."""

from __future__ import annotations

import signal
import urllib.request
from collections.abc import Mapping

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ocsp_staple_exporter.lab.hosts import CLOSED_HOST, HOSTS
from tests.demo.running import address_of_metrics, demo, read_until

Series = Mapping[str, Mapping[tuple[tuple[str, str], ...], float]]
"""Metric name without its prefix -> labels without `target` -> value."""


@pytest.fixture(scope="module")
def shown_and_scraped() -> tuple[str, str]:
    """The table that the demo prints, and what /metrics then says."""
    with demo("--web.listen-address", "127.0.0.1:0") as process:
        shown = read_until(process, "Ctrl-C")
        url = f"http://{address_of_metrics(shown)}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            scraped = answer.read().decode()
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
    return shown, scraped


@pytest.fixture(scope="module")
def series(shown_and_scraped: tuple[str, str]) -> Mapping[str, Series]:
    """The series of each target."""
    found: dict[str, dict[str, dict[tuple[tuple[str, str], ...], float]]] = {}
    for family in text_string_to_metric_families(shown_and_scraped[1]):
        for sample in family.samples:
            labels = dict(sample.labels)
            target = labels.pop("target", None)
            if target is not None:
                name = sample.name.removeprefix("ocsp_staple_")
                found.setdefault(target, {}).setdefault(name, {})[tuple(sorted(labels.items()))] = sample.value
    return found


def reasons(series: Series, name: str) -> set[str]:
    return {dict(labels)["reason"] for labels, value in series.get(name, {}).items() if value == 1}


def status(series: Series) -> str | None:
    stated = [dict(labels)["status"] for labels, value in series["cert_status"].items() if value == 1]
    return stated[0] if stated else None


SOUND = ("healthy-ecdsa.test", "healthy-rsa.test", "delegated.test")


def test_every_host_of_the_laboratory_has_series(series: Mapping[str, Series]) -> None:
    assert set(series) == {host.name for host in (*HOSTS, CLOSED_HOST)}


@pytest.mark.parametrize("target", SOUND)
def test_a_healthy_host_is_verified_and_good_without_any_finding(series: Mapping[str, Series], target: str) -> None:
    healthy = series[target]
    assert healthy["probe_success"] == {(): 1}
    assert healthy["present"] == healthy["expected"] == healthy["verified"] == healthy["chain_verified"] == {(): 1}
    assert healthy["verification_errors"] == healthy["must_staple"] == {(): 0}
    assert status(healthy) == "good"
    assert reasons(healthy, "verification_error") == reasons(healthy, "warning") == set()
    assert healthy["handshakes"] == {(("stapled", "true"),): 1, (("stapled", "false"),): 0}
    assert 3 * 86400 < healthy["seconds_until_next_update"][()] < 4 * 86400
    assert "probe_error" not in healthy


@pytest.mark.parametrize(
    ("target", "verified", "cert_status", "errors", "warnings"),
    [
        ("expiring-soon.test", 1, "good", set(), {"refresh_overdue"}),
        ("stale.test", 0, "good", {"expired"}, set()),
        ("revoked.test", 1, "revoked", {"revoked"}, set()),
        ("unknown.test", 1, "unknown", {"cert_status_unknown"}, set()),
        ("try-later.test", 0, None, {"status_try_later"}, set()),
        ("bad-signature.test", 0, None, {"signature_invalid"}, set()),
        ("renewed.test", 0, None, {"certid_serial_mismatch"}, set()),
        ("stranger.test", 0, None, {"responder_not_issued_by_ca"}, set()),
    ],
)
def test_an_ill_staple_is_said_to_be_ill_in_its_own_way(
    series: Mapping[str, Series],
    target: str,
    verified: float,
    cert_status: str | None,
    errors: set[str],
    warnings: set[str],
) -> None:
    ill = series[target]
    assert ill["present"] == {(): 1}
    assert ill["verified"] == {(): verified}
    assert status(ill) == cert_status
    assert reasons(ill, "verification_error") == errors
    assert reasons(ill, "warning") == warnings
    assert ill["verification_errors"] == {(): len(errors)}


@pytest.mark.parametrize(
    ("target", "expected", "must_staple", "errors", "warnings"),
    [
        ("no-staple.test", 1, 0, set(), {"no_staple"}),
        ("must-staple.test", 1, 1, {"must_staple_missing"}, set()),
        ("no-ocsp-url.test", 0, 0, set(), set()),
    ],
)
def test_a_missing_staple_is_a_fault_only_where_one_is_due(
    series: Mapping[str, Series],
    target: str,
    expected: float,
    must_staple: float,
    errors: set[str],
    warnings: set[str],
) -> None:
    without = series[target]
    assert without["present"] == without["verified"] == {(): 0}
    assert without["expected"] == {(): expected}
    assert without["must_staple"] == {(): must_staple}
    assert reasons(without, "verification_error") == errors
    assert reasons(without, "warning") == warnings
    assert status(without) is None
    for absent in ("seconds_until_next_update", "next_update_timestamp_seconds", "verification_errors"):
        assert absent not in without


def test_a_stale_staple_has_negative_time_left_and_a_revoked_one_its_moment(series: Mapping[str, Series]) -> None:
    assert series["stale.test"]["seconds_until_next_update"][()] < -2 * 86400
    assert series["revoked.test"]["revocation_timestamp_seconds"][()] > 0
    assert "revocation_timestamp_seconds" not in series["stranger.test"]
    assert "revocation_timestamp_seconds" not in series["healthy-rsa.test"]


def test_a_delegated_responder_is_told_from_the_issuer(series: Mapping[str, Series]) -> None:
    name = "responder_certificate_not_after_timestamp_seconds"
    assert series["delegated.test"][name][()] != series["healthy-ecdsa.test"][name][()]


def test_key_types_are_those_of_the_certificates(series: Mapping[str, Series]) -> None:
    def key_type(target: str) -> str:
        (labels,) = series[target]["handshake_info"]
        return dict(labels)["key_type"]

    assert key_type("healthy-rsa.test") == "rsa"
    assert key_type("healthy-ecdsa.test") == "ecdsa"


def test_a_port_where_nobody_listens_fails_with_its_reason_and_has_no_staple_series(
    series: Mapping[str, Series],
) -> None:
    closed = series[CLOSED_HOST.name]
    assert closed["probe_success"] == {(): 0}
    assert closed["probe_error"] == {(("reason", "connect_refused"),): 1}
    assert not {"present", "verified", "expected", "cert_status", "certificate_info"} & set(closed)


def test_the_table_names_every_host_with_its_state(shown_and_scraped: tuple[str, str]) -> None:
    shown = shown_and_scraped[0]
    rows = {line.split()[0]: line for line in shown.splitlines() if line}
    assert "verified" in rows["healthy-rsa.test"]
    assert "responder_not_issued_by_ca" in rows["stranger.test"]
    assert "3 d 0 h ago" in rows["stale.test"]
    assert "connect_refused" in rows["closed-port.test"]


def test_an_address_in_use_is_one_clear_line() -> None:
    with demo("--web.listen-address", "127.0.0.1:0") as first:
        address = address_of_metrics(read_until(first, "Ctrl-C"))
        with demo("--web.listen-address", address) as second:
            assert second.wait(20) == 1
            assert second.stderr is not None
            assert second.stderr.read() == f"Error: cannot listen on {address}: Address already in use\n"
