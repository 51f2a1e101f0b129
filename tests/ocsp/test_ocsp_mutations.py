"""Sound staples, changed in every place: a verdict always, and no belief in what nobody signed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.staples import staple
from ocsp_staple_exporter.model import CertStatus, Verdict
from ocsp_staple_exporter.ocsp import asn1, judge, read_certificate
from tests.ocsp.pki import NOW, Pki, pki, reasons

ALL_STAPLES: dict[str, Callable[[], tuple[Pki, bytes]]] = {
    "issuer ECDSA": lambda: _sound(pki(), flaw="archive_cutoff+nonce"),
    "delegated ECDSA by name, revoked": lambda: _delegated(pki(), responder_id="by_name", status="revoked"),
    "delegated RSA": lambda: _delegated(pki("rsa")),
    "delegated PSS": lambda: _delegated(pki("rsa"), algorithm="rsa_pss_sha256"),
    "issuer Ed25519": lambda: _sound(pki("ed25519")),
    "multi-entry": lambda: _sound(pki(), flaw="after_an_unknown_hash+entry_in_the_middle"),
}
each_staple = pytest.mark.parametrize("name", ALL_STAPLES)


def _sound(lab: Pki, flaw: str | None = None) -> tuple[Pki, bytes]:
    return lab, staple(lab.leaf, lab.ca, now=NOW, flaw=flaw)


def _delegated(lab: Pki, **options: object) -> tuple[Pki, bytes]:
    return lab, staple(lab.leaf, lab.ca, now=NOW, responder=lab.responder, **options)  # type: ignore[arg-type]


@cache
def _staple(name: str) -> tuple[Pki, bytes]:
    lab, response = ALL_STAPLES[name]()
    assert lab.judge(response).verified
    return lab, response


def _signed_part(response: bytes) -> range:
    """Where tbsResponseData lies."""
    outer = asn1.decode(asn1.OCSPResponse, response)
    assert outer.response_bytes
    tbs = asn1.tlv_bytes(asn1.decode(asn1.BasicOCSPResponse, outer.response_bytes.response).tbs_response_data)
    start = response.index(tbs)
    return range(start, start + len(tbs))


def _assert_not_believed(verdict: Verdict, where: int) -> None:
    assert isinstance(verdict, Verdict)
    assert not verdict.verified, where
    assert verdict.cert_status is None, where
    assert verdict.revocation_time is None, where


@each_staple
def test_every_flipped_bit_is_found_and_none_in_the_signed_part_is_believed(name: str) -> None:
    lab, original = _staple(name)
    signed = _signed_part(original)
    for position in range(len(original)):
        flips = (1 << position % 8, 0x80) if position in signed else (0x01, 0x02, 0x80)
        for flip in flips:
            mutated = bytearray(original)
            mutated[position] ^= flip
            verdict = lab.judge(bytes(mutated))
            assert set(reasons(verdict.errors + verdict.warnings)) - {"revoked"}, position
            if position in signed:
                _assert_not_believed(verdict, position)


@each_staple
def test_no_truncation_raises_or_is_believed(name: str) -> None:
    lab, original = _staple(name)
    for length in range(len(original)):
        _assert_not_believed(lab.judge(original[:length]), length)


def _lengths(encoded: bytes, start: int, end: int) -> Iterator[range]:
    """Where the length of every value lies, whatever OCTET STRINGs and BIT STRINGs hold included."""
    while start < end:
        size = len(der.content(encoded[start:end]))
        content = start + 1 + len(der.length(size))
        yield range(start + 1, content)
        tag = encoded[start]
        holds_a_sequence = tag == 0x04 and size > 2 and encoded[content] == 0x30 and encoded[content + 1] > 0x7F
        if tag & 0x20 or holds_a_sequence:
            yield from _lengths(encoded, content, content + size)
        start = content + size


def _other_lengths(length: bytes) -> set[bytes]:
    number = int.from_bytes(length)
    near = {max(number + more, 0).to_bytes(len(length) + 1)[-len(length) :] for more in (-2, -1, 1, 2)}
    short = length[-1] if len(length) > 1 else length[0]
    return {*near, b"\x00", b"\x7f", b"\x80", b"\xff", b"\x84\xff\xff\xff\xff", b"\x81" + bytes([short])} - {length}


@each_staple
def test_no_changed_length_raises_and_none_in_the_signed_part_is_believed(name: str) -> None:
    lab, original = _staple(name)
    signed = _signed_part(original)
    fields = list(_lengths(original, 0, len(original)))
    assert len(fields) > 25
    for field in fields:
        for length in _other_lengths(original[field.start : field.stop]):
            verdict = lab.judge(original[: field.start] + length + original[field.stop :])
            assert isinstance(verdict, Verdict)
            if field.start in signed:
                _assert_not_believed(verdict, field.start)


@pytest.mark.parametrize("part", ["leaf", "issuer"])
@pytest.mark.parametrize("name", ["issuer ECDSA", "delegated RSA"])
def test_mutated_certificates_give_a_verdict(name: str, part: str) -> None:
    lab, response = _staple(name)
    original = lab.leaf.der if part == "leaf" else lab.issuers[0]
    mutants = [original[:position] for position in range(0, len(original), 3)]
    for position in range(len(original)):
        mutated = bytearray(original)
        mutated[position] ^= 1 << position % 8
        mutants.append(bytes(mutated))
    for field in _lengths(original, 0, len(original)):
        lengths = _other_lengths(original[field.start : field.stop])
        mutants += [original[: field.start] + length + original[field.stop :] for length in lengths]
    for mutant in mutants:
        leaf, issuer = (mutant, lab.issuers[0]) if part == "leaf" else (lab.leaf.der, mutant)
        verdict = judge(response, leaf, [issuer], NOW)
        assert isinstance(verdict, Verdict)
        assert part == "issuer" or verdict.cert_status is None  # its signature covers a leaf's every byte
        read_certificate(mutant)


@given(st.binary(max_size=300))
def test_random_bytes_give_a_verdict(response: bytes) -> None:
    _assert_not_believed(pki().judge(response), 0)


@given(st.binary(max_size=300), st.binary(max_size=300), st.lists(st.binary(max_size=300), max_size=3))
def test_random_certificates_give_a_verdict(response: bytes, leaf: bytes, issuers: list[bytes]) -> None:
    for one in (response, _staple("issuer ECDSA")[1]):
        assert judge(one, leaf, issuers, NOW).cert_status is not CertStatus.GOOD
    read_certificate(leaf)


@given(st.sampled_from(list(ALL_STAPLES)), st.data())
def test_random_splices_of_a_sound_staple_give_a_verdict(name: str, data: st.DataObject) -> None:
    lab, original = _staple(name)
    start = data.draw(st.integers(0, len(original)))
    end = data.draw(st.integers(start, len(original)))
    spliced = original[:start] + data.draw(st.binary(max_size=40)) + original[end:]
    verdict = lab.judge(spliced)
    assert verdict.verified == (spliced == original) or start not in _signed_part(original)
