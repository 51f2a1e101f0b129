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


@pytest.mark.parametrize("padded", [b"\x00\x00", bytes(8), b"\x00\x03"])
def test_a_response_status_with_bytes_that_it_does_not_need_is_malformed(padded: bytes) -> None:
    """X.690 §8.3.2, which §8.4 takes over for ENUMERATED."""
    sound = encode(_sound())
    status = der.tlv(0x0A, b"\x00")
    assert der.content(sound).startswith(status)
    verdict = pki().judge(der.sequence(der.tlv(0x0A, padded), der.content(sound).removeprefix(status)))
    assert reasons(verdict.errors) == ["malformed"]
    assert verdict.response_status is None


@pytest.mark.parametrize(("reason", "good"), [(b"\x01", True), (b"\x00\x01", False), (b"\xff\x81", False)])
def test_a_revocation_reason_with_bytes_that_it_does_not_need_is_malformed(reason: bytes, *, good: bool) -> None:
    status = der.tlv(0xA1, der.generalized_time(NOW - DAY) + der.explicit(0, der.tlv(0x0A, reason)))
    verdict = _judge(_sound().with_entry(replace(_sound().entry, cert_status=status)))
    assert reasons(verdict.errors) == ["revoked" if good else "malformed"]
