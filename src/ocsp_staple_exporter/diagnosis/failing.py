"""What stories of failed probes have in common."""

from __future__ import annotations

from ocsp_staple_exporter.diagnosis.diagnosis import Fix
from ocsp_staple_exporter.diagnosis.story import Story

UNKNOWN_EFFECT = "What visitors see is not known: the exporter got no handshake."


def failing(headline: str, cause: str, *fixes: Fix, effect: str = UNKNOWN_EFFECT) -> Story:
    return Story(headline=headline, effect=effect, cause=cause, fixes=fixes, runbook="OCSPProbeFailing")
