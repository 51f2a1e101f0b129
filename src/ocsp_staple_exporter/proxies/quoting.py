"""What a proxy said, safe to show."""

from __future__ import annotations

from dataclasses import dataclass

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import Credentials

CONCEALED = b"***"

SHORTEST_BEGINNING = 4
"""Octets of a secret that are concealed where no more of it came; fewer stand in ordinary words."""


@dataclass(frozen=True, slots=True)
class Quotes:
    """Quotes a proxy that may say the password back to us, whole or as far as it has come."""

    credentials: Credentials | None

    def of(self, words: bytes, longest: int) -> str:
        """At most so many characters, without the password and what stands for it in HTTP."""
        if self.credentials:
            for secret in (self.credentials.basic, self.credentials.password.encode()):
                words = _without(words, secret) if secret else words
        return printable(words, longest)


def _without(words: bytes, secret: bytes) -> bytes:
    words = words.replace(secret, CONCEALED)
    beginnings = (secret[:length] for length in range(len(secret) - 1, SHORTEST_BEGINNING - 1, -1))
    begun = next((beginning for beginning in beginnings if words.endswith(beginning)), b"")
    return words.removesuffix(begun)
