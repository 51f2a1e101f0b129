"""What a server showed in the handshake that is judged, as objects of the API."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ocsp_staple_exporter.documents import Certificate, Document
from ocsp_staple_exporter.model import TLSVersion


class Handshake(Document):
    """What the server chose, in the handshake that is shown."""

    tls_version: TLSVersion
    cipher_suite: Annotated[str, Field(examples=["TLS_AES_128_GCM_SHA256"])]
    group: Annotated[str, Field(examples=["x25519"])]
    signature_scheme: Annotated[str, Field(examples=["ecdsa_secp256r1_sha256"])]
    client_certificate_requested: bool
    finished: bool
    """False: the server turned us away, who have no certificate, before it could vouch for what it had sent."""


class SentCertificate(Document):
    """A certificate of the chain as it was sent."""

    size_bytes: int
    sha256: str
    der_base64: str
    certificate: Certificate | None
    """Null: it cannot be read."""

    unreadable: str | None
    """Why it cannot be read."""

    staple_base64: str | None
    """The staple that came with it, in DER; null: none came."""


class ChainVerdict(Document):
    """Whether the chain as sent leads to the trust store and names the host."""

    verified: bool | None
    """Null: there is no trust store."""

    detail: str
    """For people."""


class Staple(Document):
    """The OCSP response that came with the leaf."""

    size_bytes: int
    sha256: str
    der_base64: str
