"""Certificates for both ends of a connection."""

from __future__ import annotations

import functools
import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ocsp_staple_exporter.lab.ca import Authority, Identity
from ocsp_staple_exporter.lab.certificates import Draft, Validity
from ocsp_staple_exporter.lab.keys import generate_key

ROOT = Authority.root(now=datetime.now(UTC))
INTERMEDIATE = ROOT.issue_authority()
STRANGER = Authority.root("Another CA", now=datetime.now(UTC))


@functools.cache
def server(number: int = 1) -> Identity:
    """Each number has a key and a certificate of its own."""
    return ROOT.issue_leaf("localhost", "127.0.0.1", serial_number=number)


def client(*names: str, issuer: Authority = ROOT, purpose: str = "client") -> Identity:
    """With DNS names, mail and IP addresses and URIs as they look like."""
    purposes = {"client": ExtendedKeyUsageOID.CLIENT_AUTH, "server": ExtendedKeyUsageOID.SERVER_AUTH}
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.ExtendedKeyUsage([purposes[purpose]]), False),
    )
    if names:
        extensions += ((x509.SubjectAlternativeName([_general_name(name) for name in names]), False),)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Prometheus")])
    validity = Validity.around(issuer.now, before=timedelta(days=1), after=timedelta(days=9))
    key = generate_key()
    certificate = issuer._issue(Draft(subject, key, validity, extensions))
    return Identity(key=key, certificate=certificate, chain=issuer._chain(certificate))


def write(directory: Path, identity: Identity, stem: str = "server") -> None:
    identity.write(directory / stem)


def _general_name(name: str) -> x509.GeneralName:
    if "://" in name:
        return x509.UniformResourceIdentifier(name)
    if "@" in name:
        return x509.RFC822Name(name)
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
