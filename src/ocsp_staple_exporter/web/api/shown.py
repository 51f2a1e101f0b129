"""What a server showed in the handshake that is judged, as objects of the API."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ocsp_staple_exporter.documents import Certificate, Document, Verdict
from ocsp_staple_exporter.model import Conclusion, TLSVersion


class Handshake(Document):
    """What the server chose, in the handshake that is shown."""

    tls_version: TLSVersion
    cipher_suite: Annotated[str, Field(examples=["TLS_AES_128_GCM_SHA256"])]
    group: Annotated[str | None, Field(examples=["x25519"])]
    """`dh2048`: a prime of so many bits that the server chose. Null with the TLS_RSA suites, which have no group."""

    signature_scheme: Annotated[str | None, Field(examples=["ecdsa_secp256r1_sha256"])]
    """How the server proved that it has the leaf's key. Null with the TLS_RSA suites, where nothing is signed."""

    client_certificate_requested: bool
    finished: bool
    """The server vouched for every message. False: nothing proves that no staple was taken out on the way."""

    conclusion: Conclusion
    """`completed`; `turned_away`: the server does not go on without a certificate of ours; `seen_only`: we took our
    leave when all was shown, because of TLS 1.0 or 1.1 or a suite without an AEAD."""

    key_proven: bool
    """The server has shown that it holds the leaf's key."""

    status_acknowledged: bool | None
    """The server said that it knows status_request, also where it sent no staple; null in TLS 1.3, which has no
    such word."""


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

    verdict: Verdict | None
    """What that is worth for it."""


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
