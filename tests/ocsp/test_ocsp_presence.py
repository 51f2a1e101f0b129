from __future__ import annotations

from dataclasses import replace

import pytest

from ocsp_staple_exporter.model import Certificate, StaplePolicy
from ocsp_staple_exporter.ocsp import judge_absence, read_certificate, staple_expected
from tests.ocsp.pki import pki, reasons

AUTO, REQUIRED, OPTIONAL = StaplePolicy.AUTO, StaplePolicy.REQUIRED, StaplePolicy.OPTIONAL


def _leaf(*, url: bool = False, must_staple: bool = False) -> Certificate:
    urls = ["http://ocsp.example/"] if url else []
    leaf = read_certificate(pki().ca.issue_leaf("www.example", ocsp_urls=urls, must_staple=must_staple).der)
    assert isinstance(leaf, Certificate)
    return leaf


@pytest.mark.parametrize(
    ("leaf", "policy", "expected", "errors", "warnings"),
    [
        (_leaf(), AUTO, False, [], []),
        (_leaf(), REQUIRED, True, [], ["no_staple"]),
        (_leaf(), OPTIONAL, False, [], []),
        (_leaf(url=True), AUTO, True, [], ["no_staple"]),
        (_leaf(url=True), REQUIRED, True, [], ["no_staple"]),
        (_leaf(url=True), OPTIONAL, False, [], []),
        (_leaf(must_staple=True), AUTO, True, ["must_staple_missing"], []),
        (_leaf(must_staple=True), OPTIONAL, False, ["must_staple_missing"], []),
        (_leaf(url=True, must_staple=True), AUTO, True, ["must_staple_missing"], []),
    ],
)
def test_a_missing_staple_is_a_fault_only_where_one_is_due(
    leaf: Certificate, policy: StaplePolicy, *, expected: bool, errors: list[str], warnings: list[str]
) -> None:
    absence = judge_absence(leaf, policy)
    assert staple_expected(leaf, policy) is expected
    assert reasons(absence.errors) == errors
    assert reasons(absence.warnings) == warnings


def test_an_issuer_that_demands_stapling_binds_what_it_issues() -> None:
    demanding, leaf = _leaf(must_staple=True), _leaf()
    assert staple_expected(leaf, AUTO, issuer=demanding)
    assert reasons(judge_absence(leaf, AUTO, issuer=demanding).errors) == ["must_staple_missing"]
    assert not staple_expected(leaf, AUTO, issuer=replace(demanding, must_staple=False))
    assert judge_absence(leaf, AUTO, issuer=replace(demanding, must_staple=False)).errors == ()
