"""Random DER in the shape of OCSP: any part of it may be of another type, of another size or not there."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.blueprint import HASH_OIDS, ID_PKIX_OCSP, ID_PKIX_OCSP_BASIC

Der = st.SearchStrategy[bytes]

TAGS = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0A, 0x0C, 0x13, 0x17, 0x18, 0x1F, 0x30, 0x31]
TAGS += [0x80, 0x81, 0x82, 0x86, 0xA0, 0xA1, 0xA2, 0xA3, 0xBF]
OIDS = [
    *HASH_OIDS.values(),
    ID_PKIX_OCSP_BASIC,
    "1.2.840.113549.1.1.11",
    "1.2.840.113549.1.1.10",
    "1.2.840.10045.4.3.2",
]
OIDS += [
    "1.3.101.112",
    "2.5.29.21",
    "2.5.29.24",
    "2.5.29.37",
    "2.5.29.15",
    "1.3.6.1.4.1.11129.2.4.5",
    "1.3.6.1.4.1.32473",
]
OIDS += [f"{ID_PKIX_OCSP}.{arc}" for arc in range(1, 10)] + ["1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.24", "2.5.4.3"]
LENGTHS = [b"", b"\x00", b"\x01", b"\x7f", b"\x80", b"\x81\x01", b"\x82\x00\x01", b"\x84\xff\xff\xff\xff", b"\xff"]
TIMES = ["20260301120000Z", "20260301110000Z", "20260302120000Z", "00010101000000Z", "99991231235959Z"]
OTHER_TIMES = ["20260301120000.5Z", "202603011200Z", "20260301120000+0000", "20260231000000Z", "260301120000Z", ""]


def _with_wrong_length(tag: int, length: bytes, content: bytes) -> bytes:
    return bytes([tag]) + length + content


_content = st.binary(max_size=24) | st.integers(0, 600).map(bytes)
_primitive = st.builds(der.tlv, st.sampled_from(TAGS), _content)
_wild = st.recursive(
    _primitive | st.builds(_with_wrong_length, st.sampled_from(TAGS), st.sampled_from(LENGTHS), _content),
    lambda inside: st.builds(
        lambda tag, parts: der.tlv(tag, b"".join(parts)), st.sampled_from(TAGS), st.lists(inside, max_size=4)
    ),
    max_leaves=6,
)


def _mostly(declared: Der) -> Der:
    """What belongs there, sometimes nothing, sometimes anything."""
    return st.integers(0, 99).flatmap(lambda die: _wild if die == 99 else st.just(b"") if die == 98 else declared)


def _sequence(*parts: Der) -> Der:
    return _mostly(st.tuples(*map(_mostly, parts)).map(lambda chosen: der.sequence(*chosen)))


def _optional(part: Der) -> Der:
    return st.just(b"") | part


def _some(part: Der) -> Der:
    return _mostly(st.lists(part, max_size=3).map(lambda parts: der.sequence(*parts)))


def _explicit(number: int, part: Der) -> Der:
    return part.map(lambda inside: der.explicit(number, inside))


def _octets(part: Der) -> Der:
    return part.map(der.octet_string)


_numbers = st.integers(-2, 12) | st.integers() | st.sampled_from([1 << 70, 1 << 20_000])
_integer = _numbers.map(der.integer)
_enumerated = st.integers(0, 8).map(der.enumerated) | _numbers.map(der.enumerated)
_oid = st.sampled_from(OIDS).map(der.object_identifier)
_null = st.just(der.NULL)
_boolean = st.sampled_from([b"\x01\x01\xff", b"\x01\x01\x00", b"\x01\x01\x7f"])
_bits = st.binary(max_size=72).map(der.bit_string) | st.builds(
    der.bit_string, _content, st.sampled_from([1, 7, 8, 255])
)
_sound_time = st.sampled_from(TIMES).map(lambda text: der.tlv(0x18, text.encode("ascii")))
_other_time = st.builds(
    lambda tag, text: der.tlv(tag, text.encode("ascii")), st.sampled_from([0x17, 0x18]), st.sampled_from(OTHER_TIMES)
)
_time = st.integers(0, 19).flatmap(lambda die: _other_time if die == 19 else _sound_time)
_algorithm = _sequence(_oid, _optional(_null))
_extension = _sequence(_oid, _optional(_boolean), _octets(_wild | _time | _enumerated | _null))
_extensions = _some(_extension)
_name = _some(st.tuples(_oid, _wild).map(lambda pair: der.tlv(0x31, der.sequence(*pair))))

_cert_id = _sequence(_algorithm, _octets(_content), _octets(_content), _integer)
_cert_status = st.sampled_from([der.implicit(0, b""), der.implicit(2, b"")]) | st.tuples(
    _mostly(_time), _optional(_explicit(0, _enumerated))
).map(lambda parts: der.tlv(0xA1, b"".join(parts)))
_single = _sequence(_cert_id, _cert_status, _time, _optional(_explicit(0, _time)), _optional(_explicit(1, _extensions)))
_responder_id = _explicit(1, _name) | _explicit(2, _octets(st.binary(min_size=20, max_size=20) | _content))
_response_data = _sequence(
    _optional(_explicit(0, _integer)),
    _responder_id,
    _time,
    _some(_single),
    _optional(_explicit(1, _extensions)),
)


def _certificate() -> Der:
    key = _sequence(_algorithm, _bits)
    tbs = _sequence(
        _explicit(0, _integer),
        _integer,
        _algorithm,
        _name,
        _sequence(_time, _time),
        _name,
        key,
        _optional(_explicit(3, _extensions)),
    )
    return _sequence(tbs, _algorithm, _bits)


certificates: Der = _certificate()
"""Certificate (RFC 5280 §4.1), more or less."""

_basic = _sequence(_response_data, _algorithm, _bits, _optional(_explicit(0, _some(certificates))))

responses: Der = _sequence(
    _enumerated | st.just(der.enumerated(0)),
    _explicit(0, _sequence(st.just(der.object_identifier(ID_PKIX_OCSP_BASIC)), _octets(_basic))),
)
"""OCSPResponse (RFC 6960 §4.2.1), more or less."""


def responses_about(cert_id: bytes, responder_id: bytes, embedded: Callable[[], Der] = _certificate) -> Der:
    """The same, mostly about one certificate and by one responder."""
    single = _sequence(
        st.just(cert_id), _cert_status, _time, _optional(_explicit(0, _time)), _optional(_explicit(1, _extensions))
    )
    data = _sequence(st.just(responder_id), _time, _some(single), _optional(_explicit(1, _extensions)))
    basic = _sequence(data, _algorithm, _bits, _optional(_explicit(0, _some(embedded()))))
    body = _sequence(st.just(der.object_identifier(ID_PKIX_OCSP_BASIC)), _octets(basic))
    return _sequence(st.just(der.enumerated(0)), _explicit(0, body))
