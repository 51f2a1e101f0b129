"""What a result means to people: how ill an endpoint is, why, and how it is mended. Pure."""

from __future__ import annotations

from ocsp_staple_exporter.diagnosis.commands import openssl_command
from ocsp_staple_exporter.diagnosis.conclusion import finished_in_words, reservation_about
from ocsp_staple_exporter.diagnosis.diagnosis import SOFTWARE_NAMES, Diagnosis, Fix, Software
from ocsp_staple_exporter.diagnosis.explain import diagnose
from ocsp_staple_exporter.diagnosis.state import RANKS, State, state_of, urgency

__all__ = [
    "RANKS",
    "SOFTWARE_NAMES",
    "Diagnosis",
    "Fix",
    "Software",
    "State",
    "diagnose",
    "finished_in_words",
    "openssl_command",
    "reservation_about",
    "state_of",
    "urgency",
]
