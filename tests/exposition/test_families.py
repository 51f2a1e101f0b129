from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ocsp_staple_exporter.exposition import FAMILIES
from ocsp_staple_exporter.model import (
    RESERVED_LABELS,
    Absence,
    CertStatus,
    Finding,
    Phase,
    ProbeFailure,
    ProbeResult,
    Reason,
    Rounds,
    Verdict,
)
from tests.exposition import made_results as made

BY_NAME = {family.name.removeprefix("ocsp_staple_"): family for family in FAMILIES}
ALWAYS = {"last_probe_timestamp_seconds", "probe_duration_seconds", "probe_interval_seconds", "probe_success"}
HANDSHAKE_READ = {
    "present",
    "expected",
    "must_staple",
    "handshakes",
    "chain_certificates",
    "verified",
    "cert_status",
    "certificate_not_after_timestamp_seconds",
    "chain_verified",
    "handshake_info",
    "certificate_info",
}
STAPLE_SOUND = {
    "verification_errors",
    "this_update_timestamp_seconds",
    "next_update_timestamp_seconds",
    "produced_at_timestamp_seconds",
    "responder_certificate_not_after_timestamp_seconds",
    "response_info",
    "seconds_until_next_update",
}


def samples(name: str, result: ProbeResult) -> dict[tuple[str, ...], float]:
    return {labels: float(value) for labels, value in BY_NAME[name].samples(result)}


def names_with_samples(result: ProbeResult) -> set[str]:
    return {name for name in BY_NAME if samples(name, result)}


@pytest.mark.parametrize(
    ("result", "names"),
    [
        (made.result(made.REFUSED), ALWAYS | {"probe_error"}),
        (made.result(), ALWAYS | HANDSHAKE_READ | STAPLE_SOUND),
        (
            made.result(made.observation(made.REVOKED)),
            ALWAYS | HANDSHAKE_READ | STAPLE_SOUND | {"revocation_timestamp_seconds", "verification_error"},
        ),
        (
            made.result(made.observation(made.MALFORMED)),
            ALWAYS | HANDSHAKE_READ | {"verification_errors", "verification_error"},
        ),
        (
            made.result(made.observation(made.NO_NEXT_UPDATE)),
            ALWAYS
            | HANDSHAKE_READ
            | (STAPLE_SOUND - {"next_update_timestamp_seconds", "seconds_until_next_update"})
            | {"warning"},
        ),
        (made.result(made.observation(made.ABSENT)), ALWAYS | HANDSHAKE_READ),
        (made.result(made.observation(made.MISSED)), ALWAYS | HANDSHAKE_READ | {"warning"}),
        (made.result(made.observation(made.MUST_STAPLE_MISSED)), ALWAYS | HANDSHAKE_READ | {"verification_error"}),
        (
            made.result(made.observation(chain_verified=None)),
            ALWAYS | (HANDSHAKE_READ - {"chain_verified"}) | STAPLE_SOUND,
        ),
    ],
)
def test_what_the_wire_did_not_carry_has_no_sample(result: ProbeResult, names: set[str]) -> None:
    assert names_with_samples(result) == names


def test_a_sound_staple_is_present_and_verified() -> None:
    result = made.result()
    assert samples("probe_success", result) == {(): 1}
    assert samples("present", result) == {(): 1}
    assert samples("verified", result) == {(): 1}
    assert samples("verification_errors", result) == {(): 0}
    assert samples("handshakes", result) == {("true",): 1, ("false",): 0}
    assert samples("cert_status", result) == {("good",): 1, ("revoked",): 0, ("unknown",): 0}


def test_an_absent_staple_is_neither_present_nor_verified_nor_good() -> None:
    result = made.result(made.observation(made.ABSENT))
    assert samples("probe_success", result) == {(): 1}
    assert samples("present", result) == {(): 0}
    assert samples("verified", result) == {(): 0}
    assert samples("handshakes", result) == {("true",): 0, ("false",): 1}
    assert samples("cert_status", result) == {("good",): 0, ("revoked",): 0, ("unknown",): 0}


def test_a_failed_probe_names_its_reason() -> None:
    result = made.result(made.REFUSED)
    assert samples("probe_success", result) == {(): 0}
    assert samples("probe_error", result) == {("connect_refused",): 1}


def test_an_authentic_staple_that_says_revoked_is_verified() -> None:
    result = made.result(made.observation(made.REVOKED))
    assert samples("verified", result) == {(): 1}
    assert samples("verification_error", result) == {("revoked",): 1}
    assert samples("cert_status", result)["revoked",] == 1
    assert samples("revocation_timestamp_seconds", result) == {(): made.NOW.timestamp() - 2 * 86400}


def test_a_stale_staple_is_not_verified_and_keeps_its_times() -> None:
    result = made.result(made.observation(made.STALE))
    assert samples("verified", result) == {(): 0}
    assert samples("verification_errors", result) == {(): 1}
    assert samples("warning", result) == {("validity_too_short",): 1, ("responder_missing_nocheck",): 1}
    assert samples("next_update_timestamp_seconds", result) == {(): made.NOW.timestamp() - 3600}


def test_an_absence_that_is_a_fault_names_its_reason() -> None:
    assert samples("verification_error", made.result(made.observation(made.MUST_STAPLE_MISSED))) == {
        ("must_staple_missing",): 1
    }
    assert samples("warning", made.result(made.observation(made.MISSED))) == {("no_staple",): 1}


def test_findings_that_share_a_reason_count_once() -> None:
    twice = Verdict(errors=(Finding(Reason.MALFORMED_EXTENSION, "one"), Finding(Reason.MALFORMED_EXTENSION, "two")))
    result = made.result(made.observation(twice))
    assert list(BY_NAME["verification_error"].samples(result)) == [(("malformed_extension",), 1)]
    assert samples("verification_errors", result) == {(): 1}


@pytest.mark.parametrize("verified", [True, False])
def test_the_verdict_on_the_chain_stands_apart(verified: bool) -> None:  # noqa: FBT001 - it is the case
    result = made.result(made.observation(chain_verified=verified))
    assert samples("chain_verified", result) == {(): verified}
    assert samples("verified", result) == {(): 1}


@pytest.mark.parametrize("status", CertStatus)
def test_exactly_the_stated_status_is_1(status: CertStatus) -> None:
    result = made.result(made.observation(replace(made.GOOD, cert_status=status)))
    assert samples("cert_status", result) == {(one.value,): one is status for one in CertStatus}


def test_only_phases_that_ran_have_a_duration_in_their_order() -> None:
    shuffled = replace(made.result(), durations={Phase.JUDGE: 0.4, Phase.RESOLVE: 0.1})
    assert list(BY_NAME["probe_duration_seconds"].samples(shuffled)) == [(("resolve",), 0.1), (("judge",), 0.4)]


def test_every_reason_of_the_model_is_a_label_value() -> None:
    for failure in ProbeFailure:
        assert samples("probe_error", made.result(replace(made.REFUSED, reason=failure))) == {(failure.value,): 1}
    every = samples("verification_error", made.result(made.observation(made.EVERY_REASON)))
    assert set(every) == {(reason.value,) for reason in Reason}


def test_times_before_1970_and_far_in_the_future_have_samples() -> None:
    ages = replace(
        made.GOOD,
        this_update=datetime(1, 1, 1, tzinfo=UTC),
        next_update=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    )
    result = made.result(made.observation(ages))
    assert samples("this_update_timestamp_seconds", result) == {(): -62135596800}
    assert samples("next_update_timestamp_seconds", result) == {(): 253402300799}


def test_facts_that_a_staple_does_not_state_are_empty_in_its_info() -> None:
    result = made.result(made.observation(replace(made.GOOD, responder=None)))
    assert samples("response_info", result) == {("", "ecdsa-with-SHA256", "sha1"): 1}


def test_the_info_series_carry_the_facts_of_the_handshake() -> None:
    result = made.result()
    assert samples("handshake_info", result) == {("192.0.2.1", "1.3", "TLS_AES_128_GCM_SHA256", "x25519", "ecdsa"): 1}
    assert samples("certificate_info", result) == {
        (made.LEAF.subject, made.LEAF.issuer, made.LEAF.serial_number, made.LEAF.fingerprint_sha256): 1
    }


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_names_and_help_follow_the_conventions(family: object) -> None:
    own = next(one for one in FAMILIES if one is family)
    assert re.fullmatch(r"ocsp_staple_[a-z0-9]+(_[a-z0-9]+)*", own.name)
    assert not own.name.endswith(("_total", "_count", "_sum", "_bucket", "_created"))
    assert own.help.isascii()
    assert own.help.endswith((".", "the same."))
    assert "\n" not in own.help
    assert "\\" not in own.help


def test_a_target_cannot_use_a_label_name_of_the_exporter() -> None:
    assert {name for family in FAMILIES for name in family.labels} | {"target"} <= RESERVED_LABELS


def test_several_handshakes_are_counted_and_those_that_failed_are_not() -> None:
    good, missed = made.observation(), made.observation(made.MISSED)
    rounds = Rounds(seen=(good, missed, made.REFUSED, good), retries=1)
    result = made.result(replace(good, rounds=rounds))
    assert samples("handshakes", result) == {("true",): 2, ("false",): 1}
    assert samples("present", result) == {(): 1}


@pytest.mark.parametrize(
    ("leaf", "other", "counts"),
    [
        (made.MISSED, None, (2, 0, 0)),
        (made.GOOD, None, (1, 1, 0)),
        (made.GOOD, made.STALE, (0, 1, 1)),
        (made.REVOKED, made.GOOD, (0, 1, 1)),
        (made.MISSED, made.GOOD, (1, 1, 0)),
        (replace(made.GOOD, errors=(Finding(Reason.STAPLE_MISSING_SOMETIMES, ""),)), None, (1, 1, 0)),
    ],
)
def test_the_certificates_of_the_chain_are_counted_by_their_staples(
    leaf: Verdict | Absence, other: Verdict | None, counts: tuple[int, int, int]
) -> None:
    seen = replace(made.observation(leaf), others=(other,) if other else ())
    counted = samples("chain_certificates", made.result(seen))
    assert tuple(counted[name,] for name in ("none", "accepted", "rejected")) == counts


def test_a_staple_that_is_missing_sometimes_is_a_sound_one() -> None:
    errors = (Finding(Reason.STAPLE_MISSING_SOMETIMES, ""),)
    assert samples("verified", made.result(made.observation(replace(made.GOOD, errors=errors)))) == {(): 1}
