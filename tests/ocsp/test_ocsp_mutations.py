from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.model import CertStatus, Verdict
from ocsp_staple_exporter.ocsp import asn1, judge, read_certificate
from tests.ocsp.pki import NOW, pki

FLIPS = (0x01, 0x20, 0x80)


@cache
def _staples() -> list[bytes]:
    lab = pki()
    return [
        staple(lab.leaf, lab.ca, now=NOW, flaw="archive_cutoff+nonce"),
        staple(lab.leaf, lab.ca, now=NOW, responder=lab.responder, responder_id="by_name", status="revoked"),
    ]


def _signed_part(response: bytes) -> range:
    """Where tbsResponseData lies."""
    outer = asn1.decode(asn1.OCSPResponse, response)
    assert outer.response_bytes
    tbs = asn1.tlv_bytes(asn1.decode(asn1.BasicOCSPResponse, outer.response_bytes.response).tbs_response_data)
    start = response.index(tbs)
    return range(start, start + len(tbs))


@pytest.mark.parametrize("number", [0, 1])
def test_no_flipped_bit_raises_and_none_in_the_signed_part_is_verified(number: int) -> None:
    original = _staples()[number]
    signed = _signed_part(original)
    for position in range(len(original)):
        for flip in FLIPS:
            mutated = bytearray(original)
            mutated[position] ^= flip
            verdict = pki().judge(bytes(mutated))
            assert isinstance(verdict, Verdict)
            assert not (position in signed and verdict.verified), position
            if position in signed:
                assert verdict.cert_status is None


@pytest.mark.parametrize("number", [0, 1])
def test_no_truncation_raises_or_is_verified(number: int) -> None:
    original = _staples()[number]
    assert pki().judge(original).verified
    for length in range(len(original)):
        assert not pki().judge(original[:length]).verified


@pytest.mark.parametrize("part", ["leaf", "issuer"])
def test_mutated_certificates_give_a_verdict_and_never_a_good_one_for_another_serial(part: str) -> None:
    lab = pki()
    response = _staples()[0]
    original = lab.leaf.der if part == "leaf" else lab.issuers[0]
    for position in range(len(original)):
        mutated = bytearray(original)
        mutated[position] ^= 0x01
        leaf, issuer = (bytes(mutated), lab.issuers[0]) if part == "leaf" else (lab.leaf.der, bytes(mutated))
        assert isinstance(judge(response, leaf, [issuer], NOW), Verdict)
        read_certificate(bytes(mutated))


@given(st.binary(max_size=300))
def test_random_bytes_give_a_verdict(response: bytes) -> None:
    verdict = pki().judge(response)
    assert not verdict.verified
    assert verdict.cert_status is None


@given(st.binary(max_size=300), st.binary(max_size=300), st.lists(st.binary(max_size=300), max_size=3))
def test_random_certificates_give_a_verdict(response: bytes, leaf: bytes, issuers: list[bytes]) -> None:
    for one in (response, _staples()[0]):
        assert judge(one, leaf, issuers, NOW).cert_status is not CertStatus.GOOD
    read_certificate(leaf)


@given(st.data())
def test_random_splices_of_a_sound_staple_give_a_verdict(data: st.DataObject) -> None:
    original = _staples()[0]
    start = data.draw(st.integers(0, len(original)))
    end = data.draw(st.integers(start, len(original)))
    spliced = original[:start] + data.draw(st.binary(max_size=40)) + original[end:]
    verdict = pki().judge(spliced)
    assert verdict.verified == (spliced == original) or start not in _signed_part(original)
