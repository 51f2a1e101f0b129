"""Credentials, staples and conversations for the tests of tls/; nothing here needs a socket."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from ocsp_staple_exporter.lab.tls_server import Credential, PrivateKey, ServerHandshake
from ocsp_staple_exporter.model import Handshake, HandshakeError
from ocsp_staple_exporter.tls import ClientHandshake

KEYS: dict[str, Callable[[], PrivateKey]] = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ed448": ed448.Ed448PrivateKey.generate,
    "mldsa44": mldsa.MLDSA44PrivateKey.generate,
    "mldsa65": mldsa.MLDSA65PrivateKey.generate,
    "mldsa87": mldsa.MLDSA87PrivateKey.generate,
}

CA_KEY = ec.generate_private_key(ec.SECP256R1())
NOW = datetime.now(UTC).replace(microsecond=0)


def issue(name: str, key: CertificatePublicKeyTypes) -> x509.Certificate:
    """A certificate of the tests' CA."""
    builder = x509.CertificateBuilder(
        issuer_name=_name("CA"),
        subject_name=_name(name),
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=NOW - timedelta(days=1),
        not_valid_after=NOW + timedelta(days=1),
    )
    if name == "CA":
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(CA_KEY, hashes.SHA256())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


CA = issue("CA", CA_KEY.public_key())


def make_staple(leaf: x509.Certificate) -> bytes:
    return (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=leaf,
            issuer=CA,
            algorithm=hashes.SHA1(),  # noqa: S303
            cert_status=ocsp.OCSPCertStatus.GOOD,
            this_update=NOW,
            next_update=NOW + timedelta(hours=1),
            revocation_time=None,
            revocation_reason=None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, CA)
        .sign(CA_KEY, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


@cache
def credential(kind: str) -> Credential:
    """A leaf with a key of this kind, its issuer and a good staple."""
    key = KEYS[kind]()
    leaf = issue("leaf.test", key.public_key())
    return Credential((leaf.public_bytes(Encoding.DER), CA.public_bytes(Encoding.DER)), key, make_staple(leaf))


Deliver = Callable[[ClientHandshake, bytes], bytes]


def whole(client: ClientHandshake, flight: bytes) -> bytes:
    return client.receive(flight)


def byte_by_byte(client: ClientHandshake, flight: bytes) -> bytes:
    return b"".join(client.receive(flight[at : at + 1]) for at in range(len(flight)))


def converse(client: ClientHandshake, server: ServerHandshake, deliver: Deliver = whole) -> Handshake:
    """Let the two talk until the client is done; raises what the client raises."""
    to_server = client.receive(b"")
    while client.handshake is None:
        try:
            to_client = server.receive(to_server)
        except HandshakeError:
            client.receive(server.parting_alert)
            to_client = b""
        if not to_client:
            client.receive_eof()
            break
        to_server = deliver(client, to_client)
    assert client.handshake is not None
    return client.handshake
