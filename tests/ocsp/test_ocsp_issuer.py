from __future__ import annotations

import random

import pytest

from ocsp_staple_exporter.lab.ca import (
    Authority,
    Identity,
    cross_signed,
    same_key_other_name,
    same_name_other_key,
    self_signed_leaf,
)
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.model import CertStatus, Verdict
from ocsp_staple_exporter.ocsp import judge, read_issuer
from tests.ocsp.pki import NOW, pki, reasons


def _judge(candidates: list[bytes], *, responder: Identity | None = None, flaw: str | None = None) -> Verdict:
    lab = pki()
    return judge(staple(lab.leaf, lab.ca, now=NOW, responder=responder, flaw=flaw), lab.leaf.der, candidates, NOW)


def _strangers() -> list[bytes]:
    lab = pki()
    other = Authority.root("Another Root", now=NOW)
    return [lab.leaf.der, other.der, other.issue_authority("Another CA").der, b"no certificate", b""]


def test_the_issuer_is_found_wherever_it_stands_among_the_candidates() -> None:
    candidates = [*_strangers(), same_name_other_key(pki().ca).der, pki().ca.der]
    for seed in range(5):
        random.Random(seed).shuffle(candidates)  # noqa: S311 - an order, not a secret
        verdict = _judge(candidates)
        assert (verdict.errors, verdict.warnings) == ((), ())


def test_without_an_issuer_no_status_is_believed() -> None:
    verdict = _judge(_strangers())
    assert reasons(verdict.errors) == ["issuer_unavailable"]
    assert verdict.cert_status is None
    assert verdict.this_update is not None


@pytest.mark.parametrize("other", [same_name_other_key, same_key_other_name])
def test_a_certificate_with_only_the_name_or_only_the_key_is_a_mismatch(other: object) -> None:
    assert callable(other)
    verdict = _judge([*_strangers(), other(pki().ca).der])
    assert reasons(verdict.errors) == ["issuer_mismatch"]
    assert verdict.cert_status is None


def test_a_cross_signed_twin_of_the_issuer_does_as_well() -> None:
    lab = pki()
    twin = cross_signed(lab.ca, by=Authority.root("Another Root", now=NOW))
    for responder in (None, lab.responder):
        verdict = _judge([twin.der], responder=responder)
        assert verdict.verified
        assert verdict.cert_status is CertStatus.GOOD


@pytest.mark.parametrize(
    ("flaw", "found"),
    [
        ("certid_serial_mismatch", ["issuer_unavailable", "certid_serial_mismatch"]),
        ("certid_issuer_name_mismatch", ["issuer_unavailable", "certid_issuer_name_mismatch"]),
        ("certid_issuer_key_mismatch", ["issuer_unavailable"]),
        ("signature_invalid", ["issuer_unavailable", "signature_invalid"]),
        ("responder_missing_eku", ["issuer_unavailable", "responder_missing_eku"]),
        ("responder_not_issued_by_ca", ["issuer_unavailable", "responder_not_issued_by_ca"]),
        ("responder_expired", ["issuer_unavailable", "responder_expired"]),
        ("expired", ["issuer_unavailable", "expired"]),
        ("unknown_critical_extension", ["issuer_unavailable", "unknown_critical_extension"]),
        ("revoked", ["issuer_unavailable"]),
    ],
)
def test_what_can_be_judged_without_an_issuer_is_judged(flaw: str, found: list[str]) -> None:
    verdict = _judge([], responder=pki().responder, flaw=flaw)
    assert reasons(verdict.errors) == found
    assert verdict.cert_status is None


@pytest.mark.parametrize("by", ["by_name", "by_key"])
def test_an_absent_issuer_that_signed_is_no_responder_not_found(by: str) -> None:
    lab = pki()
    response = staple(lab.leaf, lab.ca, now=NOW, responder_id="by_name" if by == "by_name" else "by_key")
    assert reasons(judge(response, lab.leaf.der, [], NOW).errors) == ["issuer_unavailable"]
    assert judge(response, lab.leaf.der, [lab.ca.der], NOW).verified


def test_an_unreadable_leaf_is_said_to_be_the_cause() -> None:
    lab = pki()
    verdict = judge(staple(lab.leaf, lab.ca, now=NOW), lab.leaf.der[:-1], [lab.ca.der], NOW)
    assert reasons(verdict.errors) == ["issuer_unavailable"]
    assert "does not decode" in verdict.errors[0].detail
    assert verdict.cert_status is None


def test_a_self_signed_leaf_is_its_own_issuer() -> None:
    leaf = self_signed_leaf("www.example", now=NOW)
    verdict = judge(staple(leaf, leaf, now=NOW), leaf.der, [], NOW)
    assert reasons(verdict.errors) == []
    assert reasons(verdict.warnings) == ["self_signed_leaf"]
    assert verdict.cert_status is CertStatus.GOOD


def test_the_issuer_is_read_where_it_is_at_hand() -> None:
    lab = pki()
    issuer = read_issuer(lab.leaf.der, [lab.leaf.der, lab.ca.der])
    assert issuer is not None
    assert issuer.subject == "CN=Lab Issuing CA"
    assert read_issuer(lab.leaf.der, [same_name_other_key(lab.ca).der]) is None


def test_a_staple_of_another_certificate_of_another_ca_names_every_difference() -> None:
    lab = pki()
    other = Authority.root("Another Root", now=NOW).issue_authority("Another CA")
    verdict = lab.judge(staple(other.issue_leaf("other.example"), other, now=NOW))
    assert reasons(verdict.errors) == [
        "responder_not_found",
        "certid_serial_mismatch",
        "certid_issuer_name_mismatch",
        "certid_issuer_key_mismatch",
    ]
