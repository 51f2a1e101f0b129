"""DER sets no limit to a number, Python does: nothing is written or computed with one of a stranger's length."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.blueprint import Blueprint, encode, revoked
from ocsp_staple_exporter.lab.keys import SIGNATURE_ALGORITHMS, SignatureAlgorithm
from ocsp_staple_exporter.lab.staples import plan
from ocsp_staple_exporter.model import Verdict
from tests.ocsp.pki import DAY, NOW, pki, reasons

NUMBERS = (1 << 31, 1 << 63, 1 << 64, 1 << 40_000, -(1 << 40_000))
SHA256 = der.algorithm("2.16.840.1.101.3.4.2.1", der.NULL)
MGF1_SHA256 = der.algorithm("1.2.840.113549.1.1.8", SHA256)


def _sound() -> Blueprint:
    return plan(pki().leaf, pki().ca, now=NOW)


def _judge(blueprint: Blueprint) -> Verdict:
    verdict = pki().judge(encode(blueprint))
    assert all(len(finding.detail) < 500 for finding in verdict.errors + verdict.warnings)
    return verdict


@pytest.mark.parametrize("number", NUMBERS, ids=int.bit_length)
def test_a_status_of_any_length_is_unknown(number: int) -> None:
    verdict = _judge(replace(_sound(), response_status=number, carries_response_bytes=False))
    assert reasons(verdict.errors) == ["status_unknown_code"]


@pytest.mark.parametrize("number", NUMBERS, ids=int.bit_length)
def test_a_version_of_any_length_is_unsupported(number: int) -> None:
    verdict = _judge(replace(_sound(), version=der.explicit(0, der.integer(number))))
    assert reasons(verdict.errors) == ["version_unsupported"]


@pytest.mark.parametrize("number", NUMBERS, ids=int.bit_length)
def test_a_serial_number_of_any_length_is_another(number: int) -> None:
    entry = _sound().entry
    verdict = _judge(_sound().with_entry(replace(entry, cert_id=replace(entry.cert_id, serial_number=number))))
    assert reasons(verdict.errors) == ["certid_serial_mismatch"]


@pytest.mark.parametrize("number", NUMBERS, ids=int.bit_length)
def test_a_revocation_reason_of_any_length_is_invalid(number: int) -> None:
    verdict = _judge(_sound().with_entry(replace(_sound().entry, cert_status=revoked(NOW - DAY, number))))
    assert verdict.revocation_reason == "invalid"


@pytest.mark.parametrize("number", NUMBERS, ids=int.bit_length)
def test_a_salt_of_any_length_is_unsupported(number: int) -> None:
    parameters = [der.explicit(0, SHA256), der.explicit(1, MGF1_SHA256), der.explicit(2, der.integer(number))]
    identifier = der.algorithm("1.2.840.113549.1.1.10", der.sequence(*parameters))
    lab = pki("rsa")
    sound = plan(lab.leaf, lab.ca, now=NOW)
    algorithm = SignatureAlgorithm("salted", identifier, SIGNATURE_ALGORITHMS["rsa_pss_sha256"].sign)
    verdict = lab.judge(encode(replace(sound, algorithm=algorithm)))
    assert reasons(verdict.errors) == ["signature_algorithm_unsupported"]
