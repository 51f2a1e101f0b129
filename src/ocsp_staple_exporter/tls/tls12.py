"""The client's side of a handshake before TLS 1.3, after ServerHello (RFC 5246 §7.3, RFC 8422 §2).

C: ClientHello          S: the flight of older_flight.py, up to ServerHelloDone
C: [Certificate] ClientKeyExchange ChangeCipherSpec {Finished}
                        S: ChangeCipherSpec {Finished}
C: {close_notify}

With TLS 1.0 and 1.1, and with a suite that has no AEAD, the client takes its leave after
ServerHelloDone: C: user_canceled close_notify (RFC 5246 §7.2.2).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from typing import cast

from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ocsp_staple_exporter.model import Conclusion, Handshake, HandshakeError, ProbeFailure, TLSVersion
from ocsp_staple_exporter.tls import keyschedule, messages
from ocsp_staple_exporter.tls.alerts import Alert, AlertLevel, AlertReceivedError
from ocsp_staple_exporter.tls.clienthello import Offer
from ocsp_staple_exporter.tls.finite_field import FiniteField
from ocsp_staple_exporter.tls.flow import Flow, Step
from ocsp_staple_exporter.tls.messages import Extension, ServerHello, illegal
from ocsp_staple_exporter.tls.older_flight import Agreed, Flight, acknowledges_status, agree, read_flight
from ocsp_staple_exporter.tls.records import ContentType, RecordLayer
from ocsp_staple_exporter.tls.suites import Sealing
from ocsp_staple_exporter.tls.wire import HandshakeType, handshake_message, unexpected, vector

EMPTY_CERTIFICATE = handshake_message(HandshakeType.CERTIFICATE, b"\x00\x00\x00")
"""RFC 5246 §7.4.6."""

PREMASTER_LENGTH = 48
"""Bytes of the secret that is encrypted with the leaf's key, its version included (RFC 5246 §7.4.7.1)."""

CLIENT_CERTIFICATE_REFUSALS = frozenset(
    {
        Alert.HANDSHAKE_FAILURE,
        Alert.NO_CERTIFICATE,
        Alert.BAD_CERTIFICATE,
        Alert.CERTIFICATE_UNKNOWN,
        Alert.UNKNOWN_CA,
        Alert.ACCESS_DENIED,
        Alert.CERTIFICATE_REQUIRED,
    }
)
"""How servers answer a client that has no certificate (RFC 5246 §7.4.6 and what is seen)."""


def shake_hands(
    records: RecordLayer, version: TLSVersion, offer: Offer, client_hello: bytes, hello: ServerHello
) -> Flow:
    """Go on from a ServerHello that chose TLS 1.2 or older, up to our close_notify."""
    agreed = agree(version, offer, hello)
    flight = yield from read_flight(agreed)
    handshake = _shown(agreed, flight)
    sealing = agreed.suite.sealing
    if sealing is None or not _has_usable_group(flight):
        records.send_alert(AlertLevel.WARNING, Alert.USER_CANCELED)
        records.send_alert(AlertLevel.WARNING, Alert.CLOSE_NOTIFY)
        return replace(handshake, conclusion=Conclusion.SEEN_ONLY)
    transcript = hashlib.new(sealing.hash_name, client_hello + hello.raw + flight.raw)
    try:
        yield from _finish(records, agreed, sealing, flight, transcript)
    except HandshakeError as error:
        # All is shown, and where the leaf's key signed both randoms, the server is authentic: what
        # is missing is its consent to a client without a certificate.
        if not flight.certificate_requested or not _refuses_client(error):
            raise
        return replace(handshake, conclusion=Conclusion.TURNED_AWAY)
    return handshake


def _shown(agreed: Agreed, flight: Flight) -> Handshake:
    exchange = flight.exchange
    return Handshake(
        tls_version=agreed.version,
        cipher_suite=agreed.suite.name,
        group=None if exchange is None else exchange.group.name,
        signature_scheme=None if exchange is None else exchange.scheme.name,
        chain=flight.certificate.chain,
        staples=flight.certificate.staples,
        client_certificate_requested=flight.certificate_requested,
        status_acknowledged=acknowledges_status(agreed.hello),
    )


def _has_usable_group(flight: Flight) -> bool:
    exchange = flight.exchange
    return exchange is None or not isinstance(exchange.group, FiniteField) or exchange.group.usable


@dataclass(frozen=True, slots=True)
class _ClientKey:
    """Our half of the key exchange."""

    message: bytes
    """The body of ClientKeyExchange."""

    premaster_secret: bytes


def _client_key(offer: Offer, flight: Flight) -> _ClientKey:
    """RFC 8422 §5.7, RFC 5246 §7.4.7."""
    if flight.exchange is None:
        return _encrypted_key(flight)
    group, peer = flight.exchange.group, flight.exchange.public
    if isinstance(group, FiniteField):
        prime_key = group.generate()
        return _ClientKey(vector(2, prime_key.public), prime_key.shared_secret(peer))
    # The key of the unused key share will do: nothing secret is ever said under it.
    key = offer.key if group is offer.group else group.generate()
    return _ClientKey(vector(1, key.public), key.shared_secret(peer))


def _encrypted_key(flight: Flight) -> _ClientKey:
    """RFC 5246 §7.4.7.1. The version is the one that was offered, TLS 1.2: only there are such suites completed."""
    premaster_secret = b"\x03\x03" + secrets.token_bytes(PREMASTER_LENGTH - 2)
    public = cast("rsa.RSAPublicKey", flight.key.public)
    try:
        return _ClientKey(vector(2, public.encrypt(premaster_secret, padding.PKCS1v15())), premaster_secret)
    except ValueError as error:  # a key that is too short for the secret
        raise illegal(f"the leaf's key cannot encrypt: {error}") from error


def _finish(records: RecordLayer, agreed: Agreed, sealing: Sealing, flight: Flight, transcript: hashlib._Hash) -> Step:
    """Our key and Finished, the server's Finished, our close_notify (RFC 5246 §7.4.6 to §7.4.9)."""
    hash_name = sealing.hash_name
    key = _client_key(agreed.offer, flight)
    certificate = EMPTY_CERTIFICATE if flight.certificate_requested else b""
    client_key_exchange = handshake_message(HandshakeType.CLIENT_KEY_EXCHANGE, key.message)
    records.send(ContentType.HANDSHAKE, certificate + client_key_exchange)
    transcript.update(certificate + client_key_exchange)

    master_secret = _master_secret(agreed, hash_name, key.premaster_secret, transcript.digest())
    keys = keyschedule.tls12_keys(sealing, master_secret, agreed.offer.random, agreed.hello.random)
    records.send_change_cipher_spec()
    records.change_write_key(keys.client)
    verify_data = keyschedule.tls12_verify_data(hash_name, master_secret, b"client finished", transcript.digest())
    finished = handshake_message(HandshakeType.FINISHED, verify_data)
    records.send(ContentType.HANDSHAKE, finished)
    transcript.update(finished)

    records.awaits_change_cipher_spec = True
    message = yield
    if message.type != HandshakeType.CHANGE_CIPHER_SPEC:
        raise unexpected(message, "ChangeCipherSpec")
    records.change_read_key(keys.server)
    message = yield
    expected = keyschedule.tls12_verify_data(hash_name, master_secret, b"server finished", transcript.digest())
    if not hmac.compare_digest(messages.parse_finished(message, len(expected)), expected):
        raise HandshakeError(ProbeFailure.FINISHED_INVALID, "the server's Finished does not match the handshake")
    records.say_goodbye()


def _master_secret(agreed: Agreed, hash_name: str, premaster_secret: bytes, session_hash: bytes) -> bytes:
    """RFC 7627 §4 where the server agreed to it, RFC 5246 §8.1 where it did not."""
    if Extension.EXTENDED_MASTER_SECRET in agreed.hello.extensions:
        return keyschedule.extended_master_secret(hash_name, premaster_secret, session_hash)
    return keyschedule.tls12_master_secret(hash_name, premaster_secret, agreed.randoms)


def _refuses_client(error: HandshakeError) -> bool:
    """The server turned away a client without a certificate, with an alert or by closing."""
    if isinstance(error, AlertReceivedError):
        return error.description in CLIENT_CERTIFICATE_REFUSALS
    return error.reason is ProbeFailure.CONNECTION_CLOSED
