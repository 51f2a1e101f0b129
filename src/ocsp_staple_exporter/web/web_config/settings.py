"""What --web.config.file says, ready for use."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A token bucket: `burst` requests at once, and one more every `interval`."""

    interval: float
    """Seconds, above 0."""

    burst: int


@dataclass(frozen=True, slots=True)
class Settings:
    """What concerns requests; the defaults are those of an empty file."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """For every answer; an empty value takes the header away."""

    users: Mapping[bytes, bytes] = field(default_factory=dict, repr=False)
    """bcrypt hashes with the prefix $2b$ by user name in UTF-8. Empty: everybody may ask."""

    rate_limit: RateLimit | None = None


@dataclass(frozen=True, slots=True)
class ServerTLS:
    """How a connection is secured."""

    context: ssl.SSLContext
    allowed_sans: frozenset[str] | None = None
    """The client's certificate must have one of these names; None: any will do."""
