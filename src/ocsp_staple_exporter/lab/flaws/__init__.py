"""Every flaw that a staple can have, by name.

A name is the reason that a judge has to give, followed where there are several ways to
earn it by ":" and the way: `responder_missing_eku`, `responder_missing_eku:any_eku`.
"""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.lab.flaws.cert_ids import CERT_ID_FLAWS
from ocsp_staple_exporter.lab.flaws.encoding import ENCODING_FLAWS
from ocsp_staple_exporter.lab.flaws.envelope import ENVELOPE_FLAWS
from ocsp_staple_exporter.lab.flaws.extensions import EXTENSION_FLAWS
from ocsp_staple_exporter.lab.flaws.flaw import Change, Flaw, Oddity, Severity
from ocsp_staple_exporter.lab.flaws.oddities import ODDITIES
from ocsp_staple_exporter.lab.flaws.responders import RESPONDER_FLAWS
from ocsp_staple_exporter.lab.flaws.signatures import SIGNATURE_FLAWS
from ocsp_staple_exporter.lab.flaws.statuses import STATUS_FLAWS
from ocsp_staple_exporter.lab.flaws.times import TIME_FLAWS

__all__ = ["FLAWS", "ODDITIES", "Change", "Flaw", "Oddity", "Severity"]

FLAWS: Mapping[str, Flaw] = {
    **ENVELOPE_FLAWS,
    **ENCODING_FLAWS,
    **RESPONDER_FLAWS,
    **SIGNATURE_FLAWS,
    **EXTENSION_FLAWS,
    **CERT_ID_FLAWS,
    **TIME_FLAWS,
    **STATUS_FLAWS,
}
"""Layer by layer, the outermost first."""
