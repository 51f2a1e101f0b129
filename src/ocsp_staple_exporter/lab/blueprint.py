"""What a staple is made of, before it is encoded (RFC 6960 §4.2.1).

A `Blueprint` is a value: a flaw is a function that returns a changed copy. Where a type
says `bytes`, ready DER stands verbatim, and edits reach what is encoded later.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.keys import SignatureAlgorithm, usual_algorithm

Edit = Callable[[bytes], bytes]


class Stage(enum.Enum):
    """Which encoded part an edit changes."""

    SIGNED = "tbsResponseData, after it was signed"
    SIGNATURE = "the BIT STRING of the signature"
    BASIC = "BasicOCSPResponse"
    RESPONSE = "OCSPResponse"


ID_PKIX_OCSP = "1.3.6.1.5.5.7.48.1"
ID_PKIX_OCSP_BASIC = f"{ID_PKIX_OCSP}.1"

HASH_OIDS: Mapping[str, str] = {
    "md5": "1.2.840.113549.2.5",
    "sha1": "1.3.14.3.2.26",
    "sha224": "2.16.840.1.101.3.4.2.4",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
    "sha3_256": "2.16.840.1.101.3.4.2.8",
}
"""Hashes of a CertID, by their name in `hashlib`."""

CRL_REASONS: Mapping[str, int] = {
    "unspecified": 0,
    "key_compromise": 1,
    "ca_compromise": 2,
    "affiliation_changed": 3,
    "superseded": 4,
    "cessation_of_operation": 5,
    "certificate_hold": 6,
    "remove_from_crl": 8,
    "privilege_withdrawn": 9,
    "aa_compromise": 10,
}
"""CRLReason (RFC 5280 §5.3.1)."""

GOOD = der.implicit(0, b"")
UNKNOWN = der.implicit(2, b"")


def revoked(moment: datetime, reason: int | None = None) -> bytes:
    """CertStatus `revoked` with its RevokedInfo (RFC 6960 §4.2.1)."""
    encoded_reason = b"" if reason is None else der.explicit(0, der.enumerated(reason))
    return der.explicit(1, der.generalized_time(moment) + encoded_reason)


@dataclass(frozen=True, slots=True)
class CertID:
    """Which certificate an entry is about (RFC 6960 §4.1.1)."""

    hash_algorithm: bytes
    """AlgorithmIdentifier."""

    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial_number: int

    @classmethod
    def of(cls, leaf: x509.Certificate, issuer: x509.Certificate, hash_name: str = "sha1") -> CertID:
        name = issuer.subject.public_bytes()
        return cls(
            der.algorithm(HASH_OIDS[hash_name], der.NULL),
            hashlib.new(hash_name, name).digest(),
            hashlib.new(hash_name, public_key_bits(issuer)).digest(),
            leaf.serial_number,
        )

    def encode(self) -> bytes:
        return der.sequence(
            self.hash_algorithm,
            der.octet_string(self.issuer_name_hash),
            der.octet_string(self.issuer_key_hash),
            der.integer(self.serial_number),
        )


def public_key_bits(certificate: x509.Certificate) -> bytes:
    """The content of subjectPublicKey without tag, length and unused bits: what key hashes are over."""
    info = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    _algorithm, bits = der.children(info)
    return der.content(bits)[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """SingleResponse (RFC 6960 §4.2.1)."""

    cert_id: CertID
    cert_status: bytes = GOOD
    this_update: datetime | bytes
    next_update: datetime | bytes | None
    extensions: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        return der.sequence(
            self.cert_id.encode(),
            self.cert_status,
            _time(self.this_update),
            b"" if self.next_update is None else der.explicit(0, _time(self.next_update)),
            _extensions(self.extensions),
        )


def by_key(responder: x509.Certificate) -> bytes:
    """ResponderID `byKey`: SHA-1 over the public key (RFC 6960 §4.2.1)."""
    return der.explicit(2, der.octet_string(hashlib.sha1(public_key_bits(responder)).digest()))


def by_name(responder: x509.Certificate) -> bytes:
    return der.explicit(1, responder.subject.public_bytes())


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """One OCSPResponse and the keys that it takes to make it."""

    leaf: Identity | x509.Certificate
    issuer: Authority
    now: datetime

    response_status: int = 0
    response_type: str = ID_PKIX_OCSP_BASIC
    carries_response_bytes: bool = True

    version: bytes = b""
    """The version with its [0] tag; empty for the default, v1."""

    signer: Identity
    algorithm: SignatureAlgorithm
    responder_id: bytes
    produced_at: datetime | bytes
    entries: tuple[Entry, ...]
    extensions: tuple[bytes, ...] = ()
    embedded: tuple[bytes, ...] = ()
    """The certs field, each certificate in DER."""

    edits: tuple[tuple[Stage, Edit], ...] = ()
    """What is done to the encoded parts, in this order."""

    @property
    def leaf_certificate(self) -> x509.Certificate:
        return self.leaf.certificate if isinstance(self.leaf, Identity) else self.leaf

    @property
    def entry(self) -> Entry:
        """The first entry: that of the leaf, as long as no flaw put another before it."""
        return self.entries[0]

    def with_entry(self, entry: Entry) -> Blueprint:
        """A copy with another first entry."""
        return replace(self, entries=(entry, *self.entries[1:]))

    def edited(self, stage: Stage, edit: Edit) -> Blueprint:
        """A copy with one more edit."""
        return replace(self, edits=(*self.edits, (stage, edit)))

    def signed_by(self, signer: Identity, *, embedded: tuple[bytes, ...] | None = None) -> Blueprint:
        """A copy that `signer` signs and is named in; its certificate comes along, unless `embedded` says else."""
        return replace(
            self,
            signer=signer,
            algorithm=usual_algorithm(signer.key),
            responder_id=by_key(signer.certificate),
            embedded=(signer.der,) if embedded is None else embedded,
        )


def encode(blueprint: Blueprint) -> bytes:
    """The OCSPResponse in DER (RFC 6960 §4.2.1)."""
    body = b""
    if blueprint.carries_response_bytes:
        basic = der.octet_string(_edited(blueprint, Stage.BASIC, _basic_response(blueprint)))
        body = der.explicit(0, der.sequence(der.object_identifier(blueprint.response_type), basic))
    return _edited(blueprint, Stage.RESPONSE, der.sequence(der.enumerated(blueprint.response_status), body))


def _edited(blueprint: Blueprint, stage: Stage, encoded: bytes) -> bytes:
    for its_stage, edit in blueprint.edits:
        if its_stage is stage:
            encoded = edit(encoded)
    return encoded


def _basic_response(blueprint: Blueprint) -> bytes:
    tbs = _response_data(blueprint)
    signature = der.bit_string(blueprint.algorithm.sign(blueprint.signer.key, tbs))
    return der.sequence(
        _edited(blueprint, Stage.SIGNED, tbs),
        blueprint.algorithm.identifier,
        _edited(blueprint, Stage.SIGNATURE, signature),
        der.explicit(0, der.sequence(*blueprint.embedded)) if blueprint.embedded else b"",
    )


def _response_data(blueprint: Blueprint) -> bytes:
    return der.sequence(
        blueprint.version,
        blueprint.responder_id,
        _time(blueprint.produced_at),
        der.sequence(*(entry.encode() for entry in blueprint.entries)),
        _extensions(blueprint.extensions),
    )


def _time(moment: datetime | bytes) -> bytes:
    return der.generalized_time(moment) if isinstance(moment, datetime) else moment


def _extensions(extensions: tuple[bytes, ...]) -> bytes:
    """The same tag, [1], in ResponseData and in SingleResponse."""
    return der.explicit(1, der.sequence(*extensions)) if extensions else b""
