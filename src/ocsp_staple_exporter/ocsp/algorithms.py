"""AlgorithmIdentifier (RFC 5280 §4.1.1.2) and the hash functions that OCSP names by it."""

from __future__ import annotations

from dataclasses import dataclass

from ocsp_staple_exporter.ocsp import asn1

_NULL = b"\x05\x00"
_SEQUENCE = b"\x30"

# RFC 8017 appendix B.1, RFC 5754 §2.
HASH_NAMES = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}


@dataclass(frozen=True, slots=True)
class AlgorithmIdentifier:
    """An algorithm and its parameters; None where they are absent."""

    oid: str
    parameters: bytes | None

    @property
    def has_parameters(self) -> bool:
        """More than the NULL that RSA and hash functions carry for historical reasons."""
        return self.parameters not in {None, _NULL}


def decode_algorithm(value: asn1.TLV) -> AlgorithmIdentifier:
    """Raises NotDERError."""
    if value.tag_bytes != _SEQUENCE:
        raise asn1.NotDERError("an AlgorithmIdentifier is a SEQUENCE")
    algorithm, *parameters = asn1.elements(value) or [value]
    if len(parameters) > 1:
        raise asn1.NotDERError("an AlgorithmIdentifier has two elements at most")
    return AlgorithmIdentifier(
        asn1.decode(asn1.ObjectIdentifier, algorithm).dotted_string,
        asn1.tlv_bytes(parameters[0]) if parameters else None,
    )
