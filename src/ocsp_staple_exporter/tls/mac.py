"""HMAC (RFC 2104) as key schedules need it: many short messages, few keys.

Two calls of a hash cost half of one of `hmac.digest`, which also prepares its key anew every time.
"""

from __future__ import annotations

import hashlib

_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
"""ipad and opad, for every byte of a key (RFC 2104 §2)."""

_HASHES = {"sha256": (hashlib.sha256, 64), "sha384": (hashlib.sha384, 128)}
"""Those of our suites, with the bytes of their blocks."""


class HMAC:
    """The MACs under one key; `hash_name` is of a suite's `Sealing`."""

    __slots__ = ("_hash", "_inner", "_outer")

    def __init__(self, hash_name: str, key: bytes) -> None:
        self._hash, block = _HASHES[hash_name]
        if len(key) > block:
            key = self._hash(key).digest()
        padded = key.ljust(block, b"\x00")
        self._inner, self._outer = padded.translate(_INNER), padded.translate(_OUTER)

    def digest(self, message: bytes) -> bytes:
        return self._hash(self._outer + self._hash(self._inner + message).digest()).digest()
