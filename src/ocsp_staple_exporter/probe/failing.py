"""How a step of a probe says that it failed."""

from __future__ import annotations

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import PeerError


class PhaseError(PeerError):
    """The network, not the bytes that came over it, ends the probe."""


def explain(error: OSError) -> str:
    """What the system says of it, safe to show."""
    return printable(error.strerror or str(error) or type(error).__name__)
