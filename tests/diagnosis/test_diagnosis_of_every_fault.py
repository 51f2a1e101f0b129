from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ocsp_staple_exporter.diagnosis import Software, State, diagnose, state_of
from ocsp_staple_exporter.diagnosis.explain import MILD, STORIES
from ocsp_staple_exporter.model import (
    Absence,
    CertStatus,
    Endpoint,
    Finding,
    KeyType,
    ProbeError,
    ProbeFailure,
    ProbeResult,
    Reason,
    TLSVersion,
)
from ocsp_staple_exporter.web.runbooks import slugs
from tests.diagnosis import ill_results as ill
from tests.exposition import made_results as made

ALERT_40 = ProbeError(ProbeFailure.ALERT_RECEIVED, "handshake_failure (40) before ServerHello")
ALERT_70 = ProbeError(ProbeFailure.ALERT_RECEIVED, "protocol_version (70) before ServerHello")
UNSUPPORTED = ProbeError(ProbeFailure.UNSUPPORTED_VERSION, "the server chose TLS 1.3, which was not offered")

SOUND = {State.GOOD, State.NOT_DUE}


def test_every_reason_has_a_story() -> None:
    assert set(STORIES) == set(Reason)
    assert set(MILD) < set(Reason)


@pytest.mark.parametrize("result", ill.ALL)
def test_every_fault_is_explained_in_full(result: ProbeResult) -> None:
    diagnosis = diagnose(result)

    assert diagnosis is not None
    assert diagnosis.runbook in slugs()
    assert diagnosis.fixes
    for text in (diagnosis.headline, diagnosis.effect, diagnosis.cause, *(fix.text for fix in diagnosis.fixes)):
        assert text
        assert "$" not in text
    assert not diagnosis.headline.endswith(".")


@pytest.mark.parametrize(
    "result",
    [made.result(), made.result(made.observation(made.ABSENT))],
    ids=["a good staple", "none due"],
)
def test_nothing_is_said_of_a_sound_endpoint(result: ProbeResult) -> None:
    assert state_of(result) in SOUND
    assert diagnose(result) is None


def test_whatever_is_explained_is_not_in_a_sound_state() -> None:
    assert not {state_of(result) for result in ill.ALL} & SOUND


def test_the_most_fundamental_error_decides_and_the_others_are_counted() -> None:
    result = ill.with_error(Reason.MALFORMED, Reason.SIGNATURE_INVALID, Reason.CERTID_SERIAL_MISMATCH)

    diagnosis = diagnose(result)

    assert diagnosis is not None
    assert diagnosis.headline == f"The staple is no OCSP response: {ill.DETAIL} (and 2 more faults)"


def test_warnings_beside_an_error_are_counted_as_such() -> None:
    diagnosis = diagnose(ill.of(made.STALE))

    assert diagnosis is not None
    assert diagnosis.headline.endswith("ago (and 2 warnings)")
    assert "1 hour ago" in diagnosis.headline


def test_a_status_that_is_believed_outweighs_the_faults_of_its_staple() -> None:
    diagnosis = diagnose(ill.of(ill.REVOKED_AND_STALE))

    assert diagnosis is not None
    assert diagnosis.runbook == "OCSPCertificateRevoked"
    assert diagnosis.headline == (
        "The CA has revoked the certificate at 2026-02-27 12:00 UTC (reason: key_compromise) (and 1 more fault)"
    )


def test_a_status_that_is_not_believed_does_not() -> None:
    verdict = replace(
        made.GOOD,
        cert_status=None,
        errors=(Finding(Reason.SIGNATURE_INVALID, ""), Finding(Reason.REVOKED, "")),
    )

    diagnosis = diagnose(ill.of(verdict))

    assert diagnosis is not None
    assert diagnosis.runbook == "OCSPStapleInvalid"


def test_an_old_response_whose_signer_has_ended_too_is_told_as_old() -> None:
    both = diagnose(ill.with_error(Reason.RESPONDER_EXPIRED, Reason.EXPIRED))
    signer = diagnose(ill.with_error(Reason.RESPONDER_EXPIRED))

    assert both is not None
    assert signer is not None
    assert (both.runbook, signer.runbook) == ("OCSPStapleStale", "OCSPStapleInvalid")


def test_an_overdue_renewal_is_told_before_harmless_warnings() -> None:
    diagnosis = diagnose(ill.with_warning(Reason.RESPONDER_MISSING_NOCHECK, Reason.REFRESH_OVERDUE))

    assert diagnosis is not None
    assert diagnosis.runbook == "OCSPStapleRefreshOverdue"
    assert diagnosis.headline.endswith("in 6 days (and 1 more warning)")


def test_a_warning_is_told_more_mildly_than_the_error_of_the_same_name() -> None:
    error, warning = diagnose(ill.with_error(Reason.MALFORMED)), diagnose(ill.with_warning(Reason.MALFORMED))

    assert error is not None
    assert warning is not None
    assert error.headline != warning.headline


def test_without_a_responder_the_certificate_is_the_problem_not_the_server() -> None:
    missing = ill.with_error(Reason.MUST_STAPLE_MISSING)

    with_url, without_url = diagnose(missing), diagnose(ill.without_responder(missing))

    assert with_url is not None
    assert without_url is not None
    assert "http://ocsp.example.org" in with_url.cause
    assert "No server can fetch" in without_url.cause
    assert "without the TLS Feature extension" in without_url.fixes[0].text


@pytest.mark.parametrize("software", Software)
def test_for_a_known_server_fixes_of_the_others_are_left_out(software: Software) -> None:
    for result in ill.ALL:
        diagnosis, every = diagnose(result, software), diagnose(result)
        assert diagnosis is not None
        assert every is not None
        assert [fix for fix in every.fixes if fix.software in {software, None}] == list(diagnosis.fixes)


@pytest.mark.parametrize(
    ("reason", "likeliest"),
    [
        (Reason.STATUS_TRY_LATER, Software.APACHE),
        (Reason.STATUS_INTERNAL_ERROR, Software.APACHE),
        (Reason.MUST_STAPLE_MISSING, Software.NGINX),
        (Reason.NO_STAPLE, Software.NGINX),
        (Reason.EXPIRED, Software.NGINX),
        (Reason.CERTID_SERIAL_MISMATCH, Software.NGINX),
        (Reason.SIGNATURE_INVALID, Software.APACHE),
    ],
)
def test_the_likeliest_server_comes_first(reason: Reason, likeliest: Software) -> None:
    diagnosis = diagnose(ill.with_error(reason))

    assert diagnosis is not None
    assert diagnosis.fixes[0].software is likeliest


def test_every_server_has_a_fix_for_a_missing_and_for_a_stale_staple() -> None:
    for reason in (Reason.NO_STAPLE, Reason.EXPIRED):
        diagnosis = diagnose(ill.with_error(reason))
        assert diagnosis is not None
        assert {fix.software for fix in diagnosis.fixes} >= set(Software)


@pytest.mark.parametrize(
    ("number", "word"),
    [(40, "Envoy"), (80, "Apache"), (112, "name"), (70, "tls_versions"), (116, "staple was shown")],
)
def test_alerts_are_told_apart_by_their_number(number: int, word: str) -> None:
    diagnosis = diagnose(ill.failed(ProbeFailure.ALERT_RECEIVED, f"some_alert ({number}) before ServerHello"))

    assert diagnosis is not None
    assert word in diagnosis.cause
    assert f"({number})" in diagnosis.headline


@pytest.mark.parametrize(
    ("part", "failure", "says"),
    [
        (made.part(key_type=KeyType.ECDSA), ALERT_40, "has no certificate with an ECDSA key"),
        (made.part(key_type=KeyType.RSA, tls_version=TLSVersion.TLS_1_2), ALERT_40, "with an RSA key"),
        (made.part(tls_version=TLSVersion.TLS_1_3), ALERT_70, "does not speak TLS 1.3"),
        (made.part(tls_version=TLSVersion.TLS_1_2), UNSUPPORTED, "does not speak TLS 1.2"),
    ],
)
def test_what_one_endpoint_alone_asks_for_is_told_as_missing(part: Endpoint, failure: ProbeError, says: str) -> None:
    diagnosis, common = diagnose(made.result(failure, of=part)), diagnose(made.result(failure))
    assert diagnosis is not None
    assert common is not None
    assert says in diagnosis.headline
    assert says not in common.headline
    assert "module" in diagnosis.fixes[-1].text


def test_an_endpoint_with_an_address_is_told_with_it() -> None:
    diagnosis = diagnose(made.result(made.REFUSED, of=made.part(address="192.0.2.9")))
    assert diagnosis is not None
    assert diagnosis.headline == "www.example.org at 192.0.2.9 refuses connections to port 443"


def test_an_alert_without_a_story_has_the_common_one() -> None:
    diagnosis = diagnose(ill.failed(ProbeFailure.ALERT_RECEIVED, "unassigned (255) before ServerHello"))

    assert diagnosis is not None
    assert "log" in diagnosis.cause


@pytest.mark.parametrize(
    ("staple", "look"),
    [
        (b"-----BEGIN OCSP RESPONSE-----", "It is PEM."),
        (b"<html>", "It begins like HTML or XML."),
        (b"MIIB", "It looks like Base64."),
        (b"\x30\x82\x01", "It begins like DER"),
        (b"?", "It is not DER."),
    ],
)
def test_a_staple_that_cannot_be_read_is_described_by_its_beginning(staple: bytes, look: str) -> None:
    seen = made.observation(made.MALFORMED)
    seen = replace(seen, handshake=replace(seen.handshake, staples=(staple, None)))

    diagnosis = diagnose(made.result(seen))

    assert diagnosis is not None
    assert diagnosis.cause.startswith(look)


@pytest.mark.parametrize("acknowledged", [True, False, None])
@pytest.mark.parametrize("absence", [made.MISSED, made.MUST_STAPLE_MISSED])
def test_a_server_that_knows_stapling_and_has_no_staple_is_told(absence: Absence, acknowledged: bool | None) -> None:  # noqa: FBT001
    seen = made.observation(absence)
    seen = replace(seen, handshake=replace(seen.handshake, status_acknowledged=acknowledged))
    diagnosis = diagnose(made.result(seen))
    assert diagnosis is not None
    told = diagnosis.cause.startswith("The server acknowledged the request and sent none: it knows stapling")
    assert told is (acknowledged is True)


def test_a_status_unknown_has_its_own_page() -> None:
    verdict = replace(
        made.GOOD, cert_status=CertStatus.UNKNOWN, errors=(Finding(Reason.CERT_STATUS_UNKNOWN, "unknown"),)
    )

    diagnosis = diagnose(ill.of(verdict))

    assert diagnosis is not None
    assert diagnosis.runbook == "OCSPCertificateUnknown"


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=1), "1 second ago"),
        (timedelta(seconds=59), "59 seconds ago"),
        (timedelta(minutes=61), "1 hour ago"),
        (timedelta(days=3, hours=23), "3 days ago"),
        (timedelta(0), "less than a second ago"),
    ],
)
def test_times_are_told_in_the_largest_unit(ago: timedelta, words: str) -> None:
    diagnosis = diagnose(ill.of(replace(made.STALE, next_update=made.NOW - ago, warnings=())))

    assert diagnosis is not None
    assert diagnosis.headline.endswith(words)
