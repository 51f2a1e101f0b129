from __future__ import annotations

import re
from typing import Any

import pytest

from ocsp_staple_exporter.lab.flaws import FLAWS
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.model import BESIDE_THE_STAPLE, Reason
from ocsp_staple_exporter.ocsp import explain
from ocsp_staple_exporter.ocsp.checks import (
    EVIDENCE_CHECKS,
    MOMENT_CHECKS,
    RESPONSE_CHECKS,
    Check,
    Failed,
    Passed,
    Result,
    Severity,
    Skipped,
)
from tests.ocsp.pki import NOW, pki, reasons

CHECKS: tuple[Check[Any], ...] = (*RESPONSE_CHECKS, *EVIDENCE_CHECKS, *MOMENT_CHECKS)
FAILED_ELSEWHERE = {
    ("issuer", Reason.ISSUER_UNAVAILABLE),  # what is sent beside the staple: test_ocsp_issuer
    ("issuer", Reason.ISSUER_MISMATCH),
    ("issuer of the leaf", Reason.SELF_SIGNED_LEAF),
    ("signature encoding", Reason.MALFORMED),  # where unused bits are zero, else it is no DER: test_ocsp_signer
}
ABSENCE = {Reason.NO_STAPLE, Reason.MUST_STAPLE_MISSING}  # and what shows beside the staple: tests/probe


def _explained(flaw: str | None) -> tuple[bytes, tuple[Result, ...]]:
    lab = pki("rsa" if flaw == "responder_cert_weak_signature:md5" else "ecdsa")
    response = staple(lab.leaf, lab.ca, now=NOW, responder=lab.responder, flaw=flaw)
    return response, explain(response, lab.leaf.der, lab.issuers, NOW)


def test_every_reason_has_a_check_that_gives_it() -> None:
    assert {reason for check in CHECKS for reason in check.reasons} == set(Reason) - ABSENCE - BESIDE_THE_STAPLE


def test_every_check_names_its_clause_and_has_a_name_of_its_own() -> None:
    assert all(re.fullmatch(r"(RFC \d{4}|BR) §[\d.]+( \(\d\))?", check.clause) for check in CHECKS)
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_a_sound_staple_passes_or_skips_every_check_and_says_what_was_looked_at() -> None:
    _, results = _explained(None)
    assert [check for check, _ in results] == list(CHECKS)
    assert not [check.name for check, outcome in results if isinstance(outcome, Failed)]
    skipped = [check.name for check, outcome in results if isinstance(outcome, Skipped)]
    assert skipped == []
    assert all(outcome.detail for _, outcome in results)


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_failed_check_gives_one_of_its_own_reasons(flaw: str) -> None:
    for check, outcome in _explained(flaw)[1]:
        assert outcome.detail.isprintable()
        assert not isinstance(outcome, Failed) or outcome.reason in check.reasons


@pytest.mark.parametrize("flaw", FLAWS)
def test_the_explanation_fails_what_the_verdict_finds(flaw: str) -> None:
    lab = pki("rsa" if flaw == "responder_cert_weak_signature:md5" else "ecdsa")
    response, results = _explained(flaw)
    verdict = lab.judge(response)
    failed = [(check.severity, outcome.reason.value) for check, outcome in results if isinstance(outcome, Failed)]
    assert sorted(reason for severity, reason in failed if severity is Severity.ERROR) == sorted(
        reasons(verdict.errors)
    )
    assert sorted(reason for severity, reason in failed if severity is Severity.WARNING) == sorted(
        reasons(verdict.warnings)
    )


def test_every_check_of_a_staple_has_a_flaw_that_fails_it() -> None:
    failed = {
        (check.name, outcome.reason)
        for flaw in FLAWS
        for check, outcome in _explained(flaw)[1]
        if isinstance(outcome, Failed)
    }
    untried = {(check.name, reason) for check in CHECKS for reason in check.reasons} - failed
    assert untried - FAILED_ELSEWHERE == set()


def test_a_response_without_a_body_is_explained_by_its_bytes_alone() -> None:
    _, results = _explained("status_try_later")
    assert [type(outcome) for _, outcome in results] == [Passed, Passed, Failed]
