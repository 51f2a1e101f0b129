"""A throw-away public key infrastructure: authorities, leaves and delegated OCSP responders.

    root = Authority.root(now=now)
    intermediate = root.issue_authority("Lab Issuing CA")
    leaf = intermediate.issue_leaf("www.example", ocsp_urls=["http://127.0.0.1:8080/"])
    responder = intermediate.issue_responder()

Certificates follow the profiles of the CA/Browser Forum's Baseline Requirements (§7.1.2), so
that they verify wherever the root is trusted. Deviations are asked for by name.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from ocsp_staple_exporter.lab import der
from ocsp_staple_exporter.lab.keys import PrivateKey, SignatureAlgorithm, generate_key

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A certificate with its private key, and the chain that a server sends for it."""

    key: PrivateKey
    certificate: x509.Certificate
    chain: tuple[bytes, ...]
    """DER, this certificate first, without the root."""

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def key_pem(self) -> bytes:
        """PKCS #8 without a passphrase."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def certificate_pem(self) -> bytes:
        return pem(self.der)

    @property
    def chain_pem(self) -> bytes:
        """What nginx and Apache take as their certificate file."""
        return pem(*self.chain)


def pem(*certificates: bytes) -> bytes:
    """Certificates in DER, one PEM block after the other."""
    return b"".join(x509.load_der_x509_certificate(one).public_bytes(Encoding.PEM) for one in certificates)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority(Identity):
    """A CA: the root when `parent` is None, else an intermediate."""

    now: datetime
    """The moment around which validity lies where none is given."""

    parent: Authority | None = None

    @classmethod
    def root(
        cls,
        name: str | x509.Name = "Lab Root CA",
        *,
        now: datetime,
        key: PrivateKey | None = None,
        validity: Validity | None = None,
    ) -> Authority:
        """A self-signed CA; its `chain` is empty, as no server should send it."""
        key = key or generate_key()
        draft = Draft(_as_name(name), key, validity or _ca_validity(now), _ca_extensions())
        certificate = draft.sign(issuer_name=draft.subject, issuer_key=key)
        return cls(key=key, certificate=certificate, chain=(), now=now)

    def issue_authority(
        self,
        name: str | x509.Name = "Lab Issuing CA",
        *,
        key: PrivateKey | None = None,
        validity: Validity | None = None,
    ) -> Authority:
        """A subordinate CA. With the name and key of another CA it is that one's cross-signed twin."""
        key = key or generate_key()
        certificate = self._issue(Draft(_as_name(name), key, validity or _ca_validity(self.now), _ca_extensions()))
        return Authority(key=key, certificate=certificate, chain=self._chain(certificate), now=self.now, parent=self)

    def issue_leaf(self, *names: str, **options: Unpack[LeafOptions]) -> Identity:
        """A server certificate for DNS names and IP addresses, the first of them its common name."""
        key = options.get("key") or generate_key()
        draft = Draft(
            _as_name(names[0]) if names else x509.Name([]),
            key,
            options.get("validity") or Validity.around(self.now, before=timedelta(days=1), after=timedelta(days=89)),
            _leaf_extensions(names, options),
            options.get("serial_number"),
        )
        certificate = self._issue(draft)
        return Identity(key=key, certificate=certificate, chain=self._chain(certificate))

    def issue_responder(self, name: str = "Lab OCSP Responder", **options: Unpack[ResponderOptions]) -> Identity:
        """A delegated OCSP responder (RFC 6960 §4.2.2.2; BR §7.1.2.8)."""
        key = options.get("key") or generate_key()
        draft = Draft(
            _as_name(name),
            key,
            options.get("validity") or Validity.around(self.now, before=timedelta(days=1), after=timedelta(days=29)),
            _responder_extensions(options),
        )
        certificate = self._issue(draft)
        return Identity(key=key, certificate=certificate, chain=self._chain(certificate))

    def _issue(self, draft: Draft) -> x509.Certificate:
        return draft.sign(issuer_name=self.certificate.subject, issuer_key=self.key)

    def _chain(self, certificate: x509.Certificate) -> tuple[bytes, ...]:
        return (certificate.public_bytes(Encoding.DER), *self.chain)


def same_name_other_key(authority: Authority) -> Authority:
    """A self-signed stranger that bears the authority's name."""
    return Authority.root(authority.certificate.subject, now=authority.now)


def same_key_other_name(authority: Authority, name: str = "Lab Renamed CA") -> Authority:
    """The authority's key under another name, issued by the same parent."""
    if authority.parent is None:
        return Authority.root(name, now=authority.now, key=authority.key)
    return authority.parent.issue_authority(name, key=authority.key)


def cross_signed(authority: Authority, by: Authority) -> Authority:
    """The authority's name and key, certified by another CA."""
    return by.issue_authority(authority.certificate.subject, key=authority.key)


def self_signed_leaf(*names: str, now: datetime, key: PrivateKey | None = None) -> Authority:
    """A server certificate that is its own issuer, as a fresh installation makes it."""
    key = key or generate_key()
    validity = Validity.around(now, before=timedelta(days=1), after=timedelta(days=364))
    draft = Draft(_as_name(names[0]), key, validity, _leaf_extensions(names, {}))
    certificate = draft.sign(issuer_name=draft.subject, issuer_key=key)
    return Authority(key=key, certificate=certificate, chain=(certificate.public_bytes(Encoding.DER),), now=now)


def resigned(certificate: x509.Certificate, key: PrivateKey, algorithm: SignatureAlgorithm) -> x509.Certificate:
    """The certificate signed anew, also by an algorithm that `cryptography` refuses for certificates.

    Both places that name the algorithm (RFC 5280 §4.1.1.2, §4.1.2.3) are rewritten.
    """
    version, serial, _signature, *rest = der.children(certificate.tbs_certificate_bytes)
    tbs = der.sequence(version, serial, algorithm.identifier, *rest)
    signature = der.bit_string(algorithm.sign(key, tbs))
    return x509.load_der_x509_certificate(der.sequence(tbs, algorithm.identifier, signature))


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


def _as_name(name: str | x509.Name) -> x509.Name:
    return name if isinstance(name, x509.Name) else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _ca_validity(now: datetime) -> Validity:
    return Validity.around(now, before=timedelta(days=365), after=timedelta(days=3650))


def _key_usage(*usages: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in usages for usage in KEY_USAGES})


def _ca_extensions() -> tuple[tuple[x509.ExtensionType, bool], ...]:
    """BR §7.1.2.1 and §7.1.2.6; digitalSignature lets the CA sign OCSP responses itself."""
    return (
        (x509.BasicConstraints(ca=True, path_length=None), True),
        (_key_usage("key_cert_sign", "crl_sign", "digital_signature"), True),
    )


def _leaf_extensions(names: Sequence[str], options: LeafOptions) -> tuple[tuple[x509.ExtensionType, bool], ...]:
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


def _responder_extensions(options: ResponderOptions) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=options.get("is_ca", False), path_length=None), True)
    ]
    if usages := options.get("key_usages", ["digital_signature"]):
        extensions.append((_key_usage(*usages), True))
    if purposes := options.get("purposes", [ExtendedKeyUsageOID.OCSP_SIGNING]):
        extensions.append((x509.ExtendedKeyUsage(purposes), False))
    if options.get("no_check", True):
        extensions.append((x509.OCSPNoCheck(), False))
    return tuple(extensions)
