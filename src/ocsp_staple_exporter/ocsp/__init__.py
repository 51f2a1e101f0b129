"""Judges a staple; reads like RFC 6960.

Everything here is pure: bytes and a time go in, frozen values come out, and hostile
bytes are a finding, never an exception.
"""

from __future__ import annotations

from ocsp_staple_exporter.ocsp.certificate import UnreadableCertificate
from ocsp_staple_exporter.ocsp.judge import explain, judge
from ocsp_staple_exporter.ocsp.leaf import read_certificate, read_issuer
from ocsp_staple_exporter.ocsp.presence import judge_absence, staple_expected

__all__ = [
    "UnreadableCertificate",
    "explain",
    "judge",
    "judge_absence",
    "read_certificate",
    "read_issuer",
    "staple_expected",
]
