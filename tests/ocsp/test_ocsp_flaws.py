from __future__ import annotations

import pytest

from ocsp_staple_exporter.lab.flaws import FLAWS, ODDITIES
from ocsp_staple_exporter.lab.keys import KeyType
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.model import CertStatus, Reason, Verdict
from ocsp_staple_exporter.ocsp.checks import Severity
from tests.ocsp.pki import NOW, pki, reasons

WARNED_ABOUT_ONLY = {"malformed:fractional_seconds"}
"""Clients differ on these (RFC 5280 forbids them, X.690 does not): a warning here."""

NEEDS_RSA = {"responder_cert_weak_signature:md5", "signature_weak_md5"}

NOT_BELIEVED = {
    Reason.RESPONDER_ID_HASH_LENGTH,
    Reason.RESPONDER_NOT_FOUND,
    Reason.RESPONDER_NOT_ISSUED_BY_CA,
    Reason.RESPONDER_MISSING_EKU,
    Reason.RESPONDER_NOT_YET_VALID,
    Reason.RESPONDER_EXPIRED,
    Reason.SIGNATURE_ALGORITHM_UNSUPPORTED,
    Reason.SIGNATURE_INVALID,
    Reason.SIGNATURE_WEAK_MD5,
    Reason.CERTID_HASH_UNSUPPORTED,
    Reason.CERTID_SERIAL_MISMATCH,
    Reason.CERTID_ISSUER_NAME_MISMATCH,
    Reason.CERTID_ISSUER_KEY_MISMATCH,
    Reason.NO_MATCHING_RESPONSE,
}


def _judged(flaw: str | None, *, delegated: bool) -> Verdict:
    key_type: KeyType = "rsa" if flaw in NEEDS_RSA else "ecdsa"
    lab = pki(key_type)
    return lab.judge(staple(lab.leaf, lab.ca, now=NOW, responder=lab.responder if delegated else None, flaw=flaw))


@pytest.mark.parametrize("delegated", [False, True], ids=["issuer", "delegate"])
def test_a_sound_staple_is_verified_and_nothing_is_found(*, delegated: bool) -> None:
    verdict = _judged(None, delegated=delegated)
    assert verdict.verified
    assert verdict.cert_status is CertStatus.GOOD
    assert (verdict.errors, verdict.warnings) == ((), ())


@pytest.mark.parametrize("delegated", [False, True], ids=["issuer", "delegate"])
@pytest.mark.parametrize("name", FLAWS)
def test_a_flaw_is_found_and_no_other(name: str, *, delegated: bool) -> None:
    flaw = FLAWS[name]
    verdict = _judged(name, delegated=delegated)
    severity = Severity.WARNING if name in WARNED_ABOUT_ONLY else Severity(flaw.severity.value)
    found = {finding.reason: Severity.WARNING for finding in verdict.warnings}
    found |= {finding.reason: Severity.ERROR for finding in verdict.errors}
    assert found.pop(flaw.reason) is severity
    allowed = flaw.also | ({Reason.THIS_UPDATE_AFTER_PRODUCED_AT} if name in WARNED_ABOUT_ONLY else set())
    assert found.keys() <= allowed


@pytest.mark.parametrize("name", [name for name, flaw in FLAWS.items() if flaw.reason in NOT_BELIEVED])
def test_a_status_that_nobody_authorised_stated_is_not_believed(name: str) -> None:
    lab = pki("rsa" if name in NEEDS_RSA else "ecdsa")
    lie = staple(lab.leaf, lab.ca, now=NOW, responder=lab.responder, status="revoked", flaw=name)
    verdict = lab.judge(lie)
    assert verdict.cert_status is None
    assert verdict.revocation_time is None
    assert verdict.revocation_reason is None
    assert "revoked" not in reasons(verdict.errors)
    assert not verdict.verified


@pytest.mark.parametrize("delegated", [False, True], ids=["issuer", "delegate"])
@pytest.mark.parametrize("name", ODDITIES)
def test_in_an_oddity_nothing_is_found(name: str, *, delegated: bool) -> None:
    verdict = _judged(name, delegated=delegated)
    assert (verdict.errors, verdict.warnings) == ((), ())
    assert verdict.cert_status is CertStatus.GOOD


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("certid_serial_mismatch+expired", ["certid_serial_mismatch", "expired"]),
        (
            "responder_expired+signature_invalid+certid_issuer_key_mismatch",
            ["responder_expired", "signature_invalid", "certid_issuer_key_mismatch"],
        ),
        (
            "trailing_data+version_unsupported+responder_missing_eku+expired",
            ["trailing_data", "version_unsupported", "responder_missing_eku", "expired"],
        ),
        ("status_try_later+trailing_data", ["trailing_data", "status_try_later"]),
    ],
)
def test_one_flaw_hides_no_other_and_the_most_fundamental_comes_first(names: str, expected: list[str]) -> None:
    assert reasons(_judged(names, delegated=True).errors) == expected


def test_an_empty_staple_is_an_empty_staple() -> None:
    lab = pki()
    verdict = lab.judge(b"")
    assert reasons(verdict.errors) == ["staple_empty"]
    assert verdict.response_status is None


@pytest.mark.parametrize("name", FLAWS)
def test_details_are_short_sentences_of_printable_characters(name: str) -> None:
    verdict = _judged(name, delegated=True)
    for finding in verdict.errors + verdict.warnings:
        assert finding.detail.isprintable()
        assert 10 < len(finding.detail) < 400
