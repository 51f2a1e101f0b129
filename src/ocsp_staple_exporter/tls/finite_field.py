"""Diffie-Hellman over a prime that the server chooses (RFC 5246 §7.4.3 and §8.1.2, RFC 7919 §5.1).

No named group is offered: a server that knows RFC 7919 and not the groups of ours would then have
to refuse DHE (§4). So the prime is whatever the server sends, within bounds.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from ocsp_staple_exporter.model import HandshakeError, ProbeFailure

SHORTEST_PRIME = 1024
"""Bits; a shorter one (Logjam) is shown and no key is made in it."""

LONGEST_PRIME = 8192
"""Bits of the largest group of RFC 7919, which takes some 40 ms; a longer one is shown and no key is made in it."""

EXPONENT_LENGTH = 32
"""Bytes: twice the strength of a prime of 3072 bits (RFC 7919 §5.2)."""


@dataclass(frozen=True, slots=True)
class FiniteField:
    """What ServerDHParams say of the group."""

    prime: int
    generator: int

    @property
    def name(self) -> str:
        """`dh2048`: how long the prime is. IANA has names only for the groups of RFC 7919."""
        return f"dh{self.prime.bit_length()}"

    @property
    def usable(self) -> bool:
        """Whether a key is made in it."""
        return SHORTEST_PRIME <= self.prime.bit_length() <= LONGEST_PRIME

    def generate(self) -> FiniteFieldKey:
        """Our half of an exchange; raises ILLEGAL_PARAMETER for what is no group."""
        if self.prime % 2 == 0 or not 1 < self.generator < self.prime - 1:
            raise _illegal(f"{self.name} is not a prime with a generator")
        return FiniteFieldKey(self)


class FiniteFieldKey:
    """A secret exponent, used once."""

    def __init__(self, group: FiniteField) -> None:
        self._group = group
        self._exponent = int.from_bytes(secrets.token_bytes(EXPONENT_LENGTH))
        public = pow(group.generator, self._exponent, group.prime)
        self.public = public.to_bytes((group.prime.bit_length() + 7) // 8)

    def shared_secret(self, peer: bytes) -> bytes:
        """Leading zeros are stripped (RFC 5246 §8.1.2); a value outside 2...p-2 raises ILLEGAL_PARAMETER."""
        public, prime = int.from_bytes(peer), self._group.prime
        if not 1 < public < prime - 1:  # RFC 7919 §5.1
            raise _illegal(f"invalid public value for {self._group.name}")
        secret = pow(public, self._exponent, prime)
        return secret.to_bytes((secret.bit_length() + 7) // 8)


def _illegal(detail: str) -> HandshakeError:
    return HandshakeError(ProbeFailure.ILLEGAL_PARAMETER, detail)
