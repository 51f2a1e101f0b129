"""Distinguished names as text (RFC 4514), from their DER.

Names are compared as bytes everywhere in this room; text is only for people.
"""

from __future__ import annotations

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.ocsp import asn1
from ocsp_staple_exporter.remember import remember

NAMES_REMEMBERED = 16_384

# RFC 4514 §3: the attribute types that have a short name.
_SHORT_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
}
# X.690 §8.23; T61String (0x14) is Latin-1 wherever it is still met.
_STRING_ENCODINGS = {
    b"\x0c": "utf-8",
    b"\x12": "ascii",
    b"\x13": "ascii",
    b"\x14": "latin-1",
    b"\x16": "ascii",
    b"\x1c": "utf-32-be",
    b"\x1e": "utf-16-be",
}


@remember(NAMES_REMEMBERED)
def rfc4514(name: bytes) -> str:
    """The Name as RFC 4514 text, safe to show; `#` and hexadecimal digits for what is no Name."""
    try:
        rdns = [_rdn(rdn) for rdn in asn1.elements(name)]
    except asn1.NotDERError:
        return printable("#" + name.hex())
    return printable(",".join(reversed(rdns)))  # RFC 4514 §2.1: the last comes first


def _rdn(rdn: asn1.TLV) -> str:
    return "+".join(_attribute(attribute) for attribute in asn1.elements(rdn))


def _attribute(attribute: asn1.TLV) -> str:
    decoded = asn1.decode(asn1.AttributeTypeAndValue, attribute)
    oid = decoded.type.dotted_string
    return f"{_SHORT_NAMES.get(oid, oid)}={_value(decoded.value)}"


def _value(value: asn1.TLV) -> str:
    try:
        return _escaped(bytes(value.data).decode(_STRING_ENCODINGS[value.tag_bytes]))
    except (KeyError, UnicodeDecodeError):
        return "#" + asn1.tlv_bytes(value).hex()  # RFC 4514 §2.4


def _escaped(text: str) -> str:
    """RFC 4514 §2.4: what must be escaped, with a backslash before it."""
    escaped = "".join("\\" + character if character in '"+,;<>\\' else character for character in text)
    if escaped.startswith((" ", "#")):
        escaped = "\\" + escaped
    if escaped.endswith(" ") and len(text) > 1:
        escaped = escaped[:-1] + "\\ "
    return escaped
