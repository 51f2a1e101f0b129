"""Random DER in the shape of OCSP: a verdict always, and never belief."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocsp_staple_exporter.lab.blueprint import CertID, by_key
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.model import Certificate, StaplePolicy, Verdict
from ocsp_staple_exporter.ocsp import explain, judge, judge_absence, read_certificate
from ocsp_staple_exporter.ocsp.checks import Failed
from ocsp_staple_exporter.ocsp.response import BasicResponse, decode_response
from tests.ocsp import der_grammar
from tests.ocsp.pki import NOW, pki, reasons

widely = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@cache
def _genuine() -> bytes:
    return staple(pki().leaf, pki().ca, now=NOW)


def _about_the_leaf() -> st.SearchStrategy[bytes]:
    lab = pki()
    cert_id = CertID.of(lab.leaf.certificate, lab.ca.certificate).encode()
    embedded = st.just(lab.ca.der) | st.just(lab.responder.der) | der_grammar.certificates
    return st.sampled_from([lab.ca, lab.responder]).flatmap(
        lambda signer: der_grammar.responses_about(cert_id, by_key(signer.certificate), lambda: embedded)
    )


def _assert_sound(verdict: Verdict) -> None:
    assert not verdict.verified
    assert verdict.cert_status is None
    for finding in verdict.errors + verdict.warnings:
        assert finding.detail.isprintable()
        assert len(finding.detail) < 1200


@widely
@given(der_grammar.responses | _about_the_leaf())
def test_a_response_of_random_parts_gives_a_verdict_that_can_be_explained(response: bytes) -> None:
    verdict = pki().judge(response)
    _assert_sound(verdict)
    results = explain(response, pki().leaf.der, pki().issuers, NOW, clock_skew=timedelta(0))
    failed = [outcome.reason.value for _, outcome in results if isinstance(outcome, Failed)]
    assert set(reasons(verdict.errors + verdict.warnings)) == set(failed)


@widely
@given(der_grammar.certificates, st.lists(der_grammar.certificates, max_size=2))
def test_certificates_of_random_parts_give_a_verdict(leaf: bytes, issuers: list[bytes]) -> None:
    for one in (leaf, pki().leaf.der):
        _assert_sound(judge(_genuine(), one, issuers, NOW))
    certificate = read_certificate(leaf)
    if isinstance(certificate, Certificate):
        assert certificate.subject.isprintable()
        for policy in StaplePolicy:
            judge_absence(certificate, policy)


def test_the_grammar_makes_responses_that_decode() -> None:
    """What never gets past the decoder would test the decoder alone."""
    decoded: list[bool] = []

    @settings(max_examples=100, deadline=None, database=None, derandomize=True)
    @given(_about_the_leaf())
    def collect(response: bytes) -> None:
        decoded.append(isinstance(decode_response(response), BasicResponse))

    collect()
    assert sum(decoded) >= 20
