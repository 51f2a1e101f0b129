"""From a shared secret to keys: RFC 8446 §7.1 for TLS 1.3, RFC 5246 §5, §6.3 and §8.1 for TLS 1.2.

HKDF and the PRF are built on `hmac.digest`, one call into OpenSSL for each HMAC. No output
here is longer than the hash, so HKDF-Expand needs its first block only (RFC 5869 §2.3).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from functools import cache

from ocsp_staple_exporter.tls.protection import Protection, TLS12GCMProtection, TLS12Protection, TLS13Protection
from ocsp_staple_exporter.tls.suites import Sealing

VERIFY_DATA_LENGTH = 12
"""Bytes of a TLS 1.2 Finished (RFC 5246 §7.4.9)."""

MASTER_SECRET_LENGTH = 48
"""RFC 5246 §8.1."""

# ---------------------------------------------------------------- TLS 1.3


@cache
def _hkdf_label(label: bytes, length: int, context_length: int) -> bytes:
    """HkdfLabel up to its context (RFC 8446 §7.1)."""
    full = b"tls13 " + label
    return length.to_bytes(2) + bytes([len(full)]) + full + bytes([context_length])


def hkdf_expand_label(hash_name: str, secret: bytes, label: bytes, context: bytes, length: int) -> bytes:
    """HKDF-Expand-Label; `length` is at most that of the hash."""
    info = _hkdf_label(label, length, len(context)) + context + b"\x01"
    return hmac.digest(secret, info, hash_name)[:length]


def derive_secret(hash_name: str, secret: bytes, label: bytes, transcript_hash: bytes) -> bytes:
    """Derive-Secret, given the Transcript-Hash of its messages."""
    return hkdf_expand_label(hash_name, secret, label, transcript_hash, len(transcript_hash))


def _derived(hash_name: str, secret: bytes) -> bytes:
    """Derive-Secret(., "derived", ""): the salt of the next stage."""
    return derive_secret(hash_name, secret, b"derived", _empty_hash(hash_name))


@cache
def _empty_hash(hash_name: str) -> bytes:
    return hashlib.new(hash_name).digest()


@cache
def _handshake_salt(hash_name: str) -> bytes:
    """Early Secret without PSK, already derived: a constant of each hash."""
    zeros = bytes(len(_empty_hash(hash_name)))
    return _derived(hash_name, hmac.digest(zeros, zeros, hash_name))


@dataclass(frozen=True, slots=True)
class HandshakeSecrets:
    """The middle stage of the schedule."""

    handshake: bytes
    client: bytes
    server: bytes


def handshake_secrets(hash_name: str, shared_secret: bytes, transcript_hash: bytes) -> HandshakeSecrets:
    """The secrets that protect the handshake; `transcript_hash` covers ClientHello...ServerHello."""
    secret = hmac.digest(_handshake_salt(hash_name), shared_secret, hash_name)
    return HandshakeSecrets(
        secret,
        derive_secret(hash_name, secret, b"c hs traffic", transcript_hash),
        derive_secret(hash_name, secret, b"s hs traffic", transcript_hash),
    )


def master_secret(hash_name: str, handshake_secret: bytes) -> bytes:
    """The Master Secret, from which application secrets are derived."""
    return hmac.digest(_derived(hash_name, handshake_secret), bytes(len(handshake_secret)), hash_name)


def tls13_protection(sealing: Sealing, traffic_secret: bytes) -> TLS13Protection:
    """Traffic keys (RFC 8446 §7.3)."""
    key = hkdf_expand_label(sealing.hash_name, traffic_secret, b"key", b"", sealing.key_length)
    iv = hkdf_expand_label(sealing.hash_name, traffic_secret, b"iv", b"", sealing.iv_length)
    return TLS13Protection(sealing.aead(key), iv)


def tls13_verify_data(hash_name: str, traffic_secret: bytes, transcript_hash: bytes) -> bytes:
    """The content of a Finished (RFC 8446 §4.4.4)."""
    finished_key = hkdf_expand_label(hash_name, traffic_secret, b"finished", b"", len(traffic_secret))
    return hmac.digest(finished_key, transcript_hash, hash_name)


# ---------------------------------------------------------------- TLS 1.2


def prf(hash_name: str, secret: bytes, label: bytes, seed: bytes, length: int) -> bytes:
    """P_hash(secret, label + seed), cut to `length` (RFC 5246 §5)."""
    seed = label + seed
    output, a = b"", seed
    while len(output) < length:
        a = hmac.digest(secret, a, hash_name)
        output += hmac.digest(secret, a + seed, hash_name)
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
