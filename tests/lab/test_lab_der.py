from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from ocsp_staple_exporter.lab import der


@pytest.mark.parametrize("value", [0, 1, 127, 128, 255, 256, 2**63 - 1, -1, -128, -129])
def test_an_integer_is_written_as_cryptography_writes_it(value: int) -> None:
    assert der.integer(value) == asn1.encode_der(value)


def test_an_integer_of_20_octets_whose_first_bit_is_set_gets_a_leading_zero() -> None:
    assert der.integer(2**159 + 1) == bytes.fromhex("0215 00 80") + bytes(18) + b"\x01"


@pytest.mark.parametrize("dotted", ["1.3.6.1.5.5.7.48.1.1", "2.16.840.1.101.3.4.2.1", "2.5.29.24", "1.3.6.1.4.1.32473"])
def test_an_object_identifier_is_written_as_cryptography_writes_it(dotted: str) -> None:
    assert der.object_identifier(dotted) == asn1.encode_der(ObjectIdentifier(dotted))


@pytest.mark.parametrize("size", [0, 127, 128, 255, 256, 65536])
def test_a_length_is_written_as_cryptography_writes_it(size: int) -> None:
    assert der.octet_string(bytes(size)) == asn1.encode_der(bytes(size))


def test_a_time_is_written_in_utc_whatever_its_zone() -> None:
    moment = datetime(2026, 3, 1, 13, 0, 5, 999, tzinfo=timezone(timedelta(hours=1)))

    assert der.generalized_time(moment) == b"\x18\x0f20260301120005Z"
    assert der.generalized_time(moment) == der.generalized_time(datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC))


def test_unused_bits_are_the_first_octet_of_a_bit_string() -> None:
    assert der.bit_string(b"\xf0", unused_bits=4) == asn1.encode_der(asn1.BitString(b"\xf0", 4))


def test_the_children_of_a_sequence_are_what_it_was_made_of() -> None:
    parts = [der.integer(5), der.octet_string(bytes(300)), der.sequence(der.NULL)]

    assert list(der.children(der.sequence(*parts))) == parts
    assert list(der.children(der.sequence())) == []


def test_a_critical_extension_differs_from_another_by_its_boolean() -> None:
    critical = list(der.children(der.extension("2.5.29.24", der.NULL, critical=True)))
    other = list(der.children(der.extension("2.5.29.24", der.NULL)))

    assert critical == [other[0], b"\x01\x01\xff", other[1]]
