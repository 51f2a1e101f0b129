"""A throw-away public key infrastructure: authorities, leaves and delegated OCSP responders.

    root = Authority.root(now=now)
    intermediate = root.issue_authority("Lab Issuing CA")
    leaf = intermediate.issue_leaf("www.example", ocsp_urls=["http://127.0.0.1:8080/"])
    responder = intermediate.issue_responder()

Certificates follow the profiles of the CA/Browser Forum's Baseline Requirements (§7.1.2), so
that they verify wherever the root is trusted. Deviations are asked for by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Unpack

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from ocsp_staple_exporter.lab.certificates import (
    Draft,
    LeafOptions,
    ResponderOptions,
    Validity,
    ca_extensions,
    leaf_extensions,
    pem,
    responder_extensions,
)
from ocsp_staple_exporter.lab.keys import PrivateKey, generate_key


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

    def write(self, prefix: Path) -> tuple[Path, Path]:
        """Write chain and key beside each other, as `prefix` with .pem and .key; returns both paths."""
        chain, key = Path(f"{prefix}.pem"), Path(f"{prefix}.key")
        chain.write_bytes(self.chain_pem)
        key.write_bytes(self.key_pem)
        return chain, key


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
        draft = Draft(_as_name(name), key, validity or _ca_validity(now), ca_extensions())
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
        certificate = self._issue(Draft(_as_name(name), key, validity or _ca_validity(self.now), ca_extensions()))
        return Authority(key=key, certificate=certificate, chain=self._chain(certificate), now=self.now, parent=self)

    def issue_leaf(self, *names: str, **options: Unpack[LeafOptions]) -> Identity:
        """A server certificate for DNS names and IP addresses, the first of them its common name."""
        key = options.get("key") or generate_key()
        draft = Draft(
            _as_name(names[0]) if names else x509.Name([]),
            key,
            options.get("validity") or Validity.around(self.now, before=timedelta(days=1), after=timedelta(days=89)),
            leaf_extensions(names, options),
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
            responder_extensions(options),
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
    draft = Draft(_as_name(names[0]), key, validity, leaf_extensions(names, {}))
    certificate = draft.sign(issuer_name=draft.subject, issuer_key=key)
    return Authority(key=key, certificate=certificate, chain=(certificate.public_bytes(Encoding.DER),), now=now)


def _as_name(name: str | x509.Name) -> x509.Name:
    return name if isinstance(name, x509.Name) else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _ca_validity(now: datetime) -> Validity:
    return Validity.around(now, before=timedelta(days=365), after=timedelta(days=3650))
