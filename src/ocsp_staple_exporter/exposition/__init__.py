"""From probe results to the text that Prometheus reads."""

from __future__ import annotations

from ocsp_staple_exporter.exposition.cache import Answers, Exposition, families_of
from ocsp_staple_exporter.exposition.families import FAMILIES
from ocsp_staple_exporter.exposition.own import OwnMetrics
from ocsp_staple_exporter.exposition.text import Family

__all__ = ["FAMILIES", "Answers", "Exposition", "Family", "OwnMetrics", "families_of"]
