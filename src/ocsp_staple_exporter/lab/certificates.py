"""X.509 certificates of the lab: their profiles, and how an issuer signs them."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.keys import PrivateKey, SignatureAlgorithm

KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
"""The bits of KeyUsage (RFC 5280 §4.2.1.3), as `cryptography` spells them."""


@dataclass(frozen=True, slots=True)
class Validity:
    """notBefore and notAfter (RFC 5280 §4.1.2.5), aware UTC."""

    not_before: datetime
    not_after: datetime

    @classmethod
    def around(cls, now: datetime, *, before: timedelta, after: timedelta) -> Validity:
        return cls(now - before, now + after)


class LeafOptions(TypedDict, total=False):
    key: PrivateKey
    """A new ECDSA P-256 key, unless given."""

    ocsp_urls: Sequence[str]
    """AIA id-ad-ocsp (RFC 5280 §4.2.2.1); none unless given."""

    ca_issuers_urls: Sequence[str]
    """AIA id-ad-caIssuers."""

    must_staple: bool
    """TLS Feature with status_request (RFC 7633)."""

    serial_number: int
    """Random and positive, of at most 20 octets, unless given."""

    validity: Validity
    """From a day ago to 89 days ahead of the authority's `now`, unless given."""


class ResponderOptions(TypedDict, total=False):
    key: PrivateKey
    validity: Validity
    """From a day ago to 29 days ahead of the authority's `now`, unless given."""

    purposes: Sequence[x509.ObjectIdentifier]
    """Extended key usages: id-kp-OCSPSigning alone, unless given; none leaves the extension out."""

    key_usages: Sequence[str]
    """Of KEY_USAGES: digital_signature, unless given; none leaves the extension out."""

    no_check: bool
    """Carry id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1): so, unless given."""

    is_ca: bool

    critical_extension: str
    """The OID of a critical extension that holds a NULL; none unless given."""


def pem(*certificates: bytes) -> bytes:
    """Certificates in DER, one PEM block after the other."""
    return b"".join(x509.load_der_x509_certificate(one).public_bytes(Encoding.PEM) for one in certificates)


@dataclass(frozen=True, slots=True)
class Draft:
    """A certificate before its issuer signs it."""

    subject: x509.Name
    key: PrivateKey
    validity: Validity
    extensions: tuple[tuple[x509.ExtensionType, bool], ...]
    """Each with whether it is critical."""

    serial_number: int | None = None

    def sign(self, *, issuer_name: x509.Name, issuer_key: PrivateKey) -> x509.Certificate:
        issuer_key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(issuer_name)
            .public_key(self.key.public_key())
            .serial_number(self.serial_number or x509.random_serial_number())
            .not_valid_before(self.validity.not_before)
            .not_valid_after(self.validity.not_after)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .add_extension(issuer_key_id, critical=False)
        )
        for extension, critical in self.extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(issuer_key, _certificate_hash(issuer_key))


def _certificate_hash(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384 | None:
    if isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey):
        return None
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.key_size > 256:
        return hashes.SHA384()
    return hashes.SHA256()


def _key_usage(*usages: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in usages for usage in KEY_USAGES})


def ca_extensions() -> tuple[tuple[x509.ExtensionType, bool], ...]:
    """BR §7.1.2.1 and §7.1.2.6; digitalSignature lets the CA sign OCSP responses itself."""
    return (
        (x509.BasicConstraints(ca=True, path_length=None), True),
        (_key_usage("key_cert_sign", "crl_sign", "digital_signature"), True),
    )


def leaf_extensions(names: Sequence[str], options: LeafOptions) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    """BR §7.1.2.7."""
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_key_usage("digital_signature"), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
    ]
    if names:
        extensions.append((x509.SubjectAlternativeName([_general_name(name) for name in names]), False))
    if access := _access_descriptions(options):
        extensions.append((x509.AuthorityInformationAccess(access), False))
    if options.get("must_staple", False):
        extensions.append((x509.TLSFeature([x509.TLSFeatureType.status_request]), False))
    return tuple(extensions)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _access_descriptions(options: LeafOptions) -> list[x509.AccessDescription]:
    methods = (
        (AuthorityInformationAccessOID.OCSP, options.get("ocsp_urls", ())),
        (AuthorityInformationAccessOID.CA_ISSUERS, options.get("ca_issuers_urls", ())),
    )
    return [
        x509.AccessDescription(method, x509.UniformResourceIdentifier(url)) for method, urls in methods for url in urls
    ]


def responder_extensions(options: ResponderOptions) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=options.get("is_ca", False), path_length=None), True)
    ]
    if usages := options.get("key_usages", ["digital_signature"]):
        extensions.append((_key_usage(*usages), True))
    if purposes := options.get("purposes", [ExtendedKeyUsageOID.OCSP_SIGNING]):
        extensions.append((x509.ExtendedKeyUsage(purposes), False))
    if options.get("no_check", True):
        extensions.append((x509.OCSPNoCheck(), False))
    if oid := options.get("critical_extension"):
        extensions.append((x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), der.NULL), True))
    return tuple(extensions)


def resigned(certificate: x509.Certificate, key: PrivateKey, algorithm: SignatureAlgorithm) -> x509.Certificate:
    """The certificate signed anew, also by an algorithm that `cryptography` refuses for certificates.

    Both places that name the algorithm (RFC 5280 §4.1.1.2, §4.1.2.3) are rewritten.
    """
    version, serial, _signature, *rest = der.children(certificate.tbs_certificate_bytes)
    tbs = der.sequence(version, serial, algorithm.identifier, *rest)
    signature = der.bit_string(algorithm.sign(key, tbs))
    return x509.load_der_x509_certificate(der.sequence(tbs, algorithm.identifier, signature))
