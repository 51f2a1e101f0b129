"""What a result means to people: how ill an endpoint is, why, and how it is mended. Pure."""

from __future__ import annotations

from ocsp_staple_exporter.diagnosis.diagnosis import Diagnosis, Fix, Software, diagnose
from ocsp_staple_exporter.diagnosis.state import RANKS, State, state_of, urgency

__all__ = ["RANKS", "Diagnosis", "Fix", "Software", "State", "diagnose", "state_of", "urgency"]
