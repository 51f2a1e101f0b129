"""From a shared secret to keys: RFC 8446 §7.1 for TLS 1.3, RFC 5246 §5, §6.3 and §8.1 for TLS 1.2.

No output of HKDF here is longer than the hash, so HKDF-Expand needs its first block only (RFC 5869 §2.3).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

from ocsp_staple_exporter.tls.mac import HMAC
from ocsp_staple_exporter.tls.protection import Protection, TLS12GCMProtection, TLS12Protection, TLS13Protection
from ocsp_staple_exporter.tls.suites import Sealing

VERIFY_DATA_LENGTH = 12
"""Bytes of a TLS 1.2 Finished (RFC 5246 §7.4.9)."""

MASTER_SECRET_LENGTH = 48
"""RFC 5246 §8.1."""

# ---------------------------------------------------------------- TLS 1.3


class Secret:
    """A secret of the schedule (RFC 8446 §7.1)."""

    __slots__ = ("_mac", "hash_name")

    def __init__(self, hash_name: str, secret: bytes) -> None:
        self.hash_name = hash_name
        self._mac = HMAC(hash_name, secret)

    def expand_label(self, label: bytes, length: int, context: bytes = b"") -> bytes:
        """HKDF-Expand-Label; `length`, in bytes, is at most that of the hash."""
        return self._mac.digest(_hkdf_label(label, length, len(context)) + context + b"\x01")[:length]

    def derive(self, label: bytes, transcript_hash: bytes) -> Secret:
        """Derive-Secret, given the Transcript-Hash of its messages."""
        return Secret(self.hash_name, self.expand_label(label, len(transcript_hash), transcript_hash))

    def extract(self, input_key: bytes) -> Secret:
        """HKDF-Extract with this one as its salt (RFC 5869 §2.2)."""
        return Secret(self.hash_name, self._mac.digest(input_key))


@cache
def _hkdf_label(label: bytes, length: int, context_length: int) -> bytes:
    """HkdfLabel up to its context."""
    full = b"tls13 " + label
    return length.to_bytes(2) + bytes([len(full)]) + full + bytes([context_length])


@cache
def _empty_hash(hash_name: str) -> bytes:
    return hashlib.new(hash_name).digest()


@cache
def _handshake_salt(hash_name: str) -> Secret:
    """Early Secret without PSK, already derived: a constant of each hash."""
    empty = _empty_hash(hash_name)
    return Secret(hash_name, b"").extract(bytes(len(empty))).derive(b"derived", empty)


@dataclass(frozen=True, slots=True)
class HandshakeSecrets:
    """The middle stage of the schedule."""

    handshake: Secret
    client: Secret
    server: Secret


def handshake_secrets(hash_name: str, shared_secret: bytes, transcript_hash: bytes) -> HandshakeSecrets:
    """The secrets that protect the handshake; `transcript_hash` covers ClientHello...ServerHello."""
    secret = _handshake_salt(hash_name).extract(shared_secret)
    return HandshakeSecrets(
        secret, secret.derive(b"c hs traffic", transcript_hash), secret.derive(b"s hs traffic", transcript_hash)
    )


def master_secret(handshake_secret: Secret) -> Secret:
    """The Master Secret, from which application secrets are derived."""
    empty = _empty_hash(handshake_secret.hash_name)
    return handshake_secret.derive(b"derived", empty).extract(bytes(len(empty)))


def tls13_protection(sealing: Sealing, traffic_secret: Secret) -> TLS13Protection:
    """Traffic keys (RFC 8446 §7.3)."""
    key = traffic_secret.expand_label(b"key", sealing.key_length)
    return TLS13Protection(sealing.aead(key), traffic_secret.expand_label(b"iv", sealing.iv_length))


def tls13_verify_data(traffic_secret: Secret, transcript_hash: bytes) -> bytes:
    """The content of a Finished (RFC 8446 §4.4.4)."""
    hash_name = traffic_secret.hash_name
    return HMAC(hash_name, traffic_secret.expand_label(b"finished", len(transcript_hash))).digest(transcript_hash)


# ---------------------------------------------------------------- TLS 1.2


def prf(hash_name: str, secret: bytes, label: bytes, seed: bytes, length: int) -> bytes:
    """P_hash(secret, label + seed), cut to `length` (RFC 5246 §5)."""
    mac, seed = HMAC(hash_name, secret), label + seed
    output, a = b"", seed
    while len(output) < length:
        a = mac.digest(a)
        output += mac.digest(a + seed)
    return output[:length]


def tls12_master_secret(hash_name: str, shared_secret: bytes, randoms: bytes) -> bytes:
    """RFC 5246 §8.1; `randoms` is the client's, then the server's."""
    return prf(hash_name, shared_secret, b"master secret", randoms, MASTER_SECRET_LENGTH)


def extended_master_secret(hash_name: str, shared_secret: bytes, session_hash: bytes) -> bytes:
    """RFC 7627 §4; `session_hash` covers ClientHello...ClientKeyExchange."""
    return prf(hash_name, shared_secret, b"extended master secret", session_hash, MASTER_SECRET_LENGTH)


@dataclass(frozen=True, slots=True)
class ConnectionKeys:
    """Both directions of a TLS 1.2 connection."""

    client: Protection
    server: Protection


def tls12_keys(sealing: Sealing, master: bytes, client_random: bytes, server_random: bytes) -> ConnectionKeys:
    """Cut the key block (RFC 5246 §6.3); an AEAD has no MAC keys."""
    key, iv = sealing.key_length, sealing.iv_length
    block = prf(sealing.hash_name, master, b"key expansion", server_random + client_random, 2 * (key + iv))
    ivs = block[2 * key :]
    return ConnectionKeys(
        _tls12_protection(sealing, block[:key], ivs[:iv]),
        _tls12_protection(sealing, block[key : 2 * key], ivs[iv:]),
    )


def _tls12_protection(sealing: Sealing, key: bytes, iv: bytes) -> Protection:
    protection = TLS12Protection if sealing.iv_length == 12 else TLS12GCMProtection
    return protection(sealing.aead(key), iv)


def tls12_verify_data(hash_name: str, master: bytes, label: bytes, transcript_hash: bytes) -> bytes:
    """The content of a Finished (RFC 5246 §7.4.9); `label` is "client finished" or "server finished"."""
    return prf(hash_name, master, label, transcript_hash, VERIFY_DATA_LENGTH)
