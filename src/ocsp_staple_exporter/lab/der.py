"""A writer of DER (ITU-T X.690), small enough to write wrong things on purpose.

Every function returns one encoded value; `sequence` and its like take encoded values.
Nothing is checked, so any broken structure can be put together.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

NULL = b"\x05\x00"


def tlv(tag: int, content: bytes) -> bytes:
    """A value with a one-octet tag and the shortest form of the length (X.690 §10.1)."""
    return bytes([tag]) + length(len(content)) + content


def length(size: int) -> bytes:
    if size < 0x80:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def sequence(*parts: bytes) -> bytes:
    return tlv(0x30, b"".join(parts))


def explicit(number: int, content: bytes) -> bytes:
    """`[number] EXPLICIT`: a context tag around a whole value."""
    return tlv(0xA0 | number, content)


def implicit(number: int, content: bytes) -> bytes:
    """`[number] IMPLICIT` of a primitive type: a context tag in place of the type's own."""
    return tlv(0x80 | number, content)


def integer(value: int) -> bytes:
    return tlv(0x02, _twos_complement(value))


def enumerated(value: int) -> bytes:
    return tlv(0x0A, _twos_complement(value))


def _twos_complement(value: int) -> bytes:
    size = (value if value >= 0 else -value - 1).bit_length() // 8 + 1
    return value.to_bytes(size, "big", signed=True)


def octet_string(content: bytes) -> bytes:
    return tlv(0x04, content)


def bit_string(content: bytes, unused_bits: int = 0) -> bytes:
    return tlv(0x03, bytes([unused_bits]) + content)


def object_identifier(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    return tlv(0x06, b"".join(map(_base128, [first * 40 + second, *rest])))


def _base128(value: int) -> bytes:
    octets = [value & 0x7F]
    while value := value >> 7:
        octets.append(0x80 | value & 0x7F)
    return bytes(reversed(octets))


def generalized_time(moment: datetime) -> bytes:
    """Seconds and `Z`, as RFC 5280 §4.1.2.5.2 wants it; fractions of a second are cut off."""
    utc = moment.astimezone(UTC)
    return tlv(0x18, f"{utc.year:04}{utc:%m%d%H%M%SZ}".encode("ascii"))


def algorithm(dotted: str, parameters: bytes = b"") -> bytes:
    """AlgorithmIdentifier (RFC 5280 §4.1.1.2)."""
    return sequence(object_identifier(dotted), parameters)


def extension(dotted: str, value: bytes, *, critical: bool = False) -> bytes:
    """Extension (RFC 5280 §4.1) around the encoded `value`."""
    return sequence(object_identifier(dotted), tlv(0x01, b"\xff") if critical else b"", octet_string(value))


def children(value: bytes) -> Iterator[bytes]:
    """The encoded values inside a constructed value that is known to be sound DER."""
    rest = content(value)
    while rest:
        start, size = _header(rest)
        yield rest[: start + size]
        rest = rest[start + size :]


def content(value: bytes) -> bytes:
    """What stands after the tag and the length of a sound value."""
    start, size = _header(value)
    return value[start : start + size]


def _header(value: bytes) -> tuple[int, int]:
    if value[1] < 0x80:
        return 2, value[1]
    octets = value[1] & 0x7F
    return 2 + octets, int.from_bytes(value[2 : 2 + octets], "big")
