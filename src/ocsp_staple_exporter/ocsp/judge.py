"""What is this staple worth for this leaf, now? See RFC 6960 §3.2.

What does not depend on the clock is examined once and remembered by its bytes: decoding,
issuer, responder, signatures, CertID. Times are looked at on every call.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ocsp_staple_exporter.model import Verdict
from ocsp_staple_exporter.ocsp.checks import (
    EVIDENCE_CHECKS,
    MOMENT_CHECKS,
    RESPONSE_CHECKS,
    Result,
    run,
)
from ocsp_staple_exporter.ocsp.evidence import Evidence, at, gather
from ocsp_staple_exporter.ocsp.response import BasicResponse, decode_response
from ocsp_staple_exporter.ocsp.verdict import describe, describe_unread, with_findings, without_status
from ocsp_staple_exporter.remember import remember

EXAMINATIONS_REMEMBERED = 16_384

MOST_PARTS_REMEMBERED = 32
"""Entries, extensions and certificates of a response that is remembered; three are usual."""

DEFAULT_CLOCK_SKEW = timedelta(seconds=300)
"""What OpenSSL, nginx, httpd and HAProxy allow."""


def judge(
    staple: bytes,
    leaf: bytes,
    issuers: Sequence[bytes],
    now: datetime,
    *,
    clock_skew: timedelta = DEFAULT_CLOCK_SKEW,
) -> Verdict:
    """Judge a staple for a leaf. Never raises on hostile bytes.

    `staple`, `leaf` and `issuers` are DER; `issuers` are candidates in any order, such as
    the rest of the sent chain. `now` is aware. Every defect is a Finding of the verdict.
    """
    evidence, verdict = _examine(staple, leaf, tuple(issuers))
    if evidence is None:
        return verdict
    moment = at(evidence, now, clock_skew)
    if not moment.authentic:
        verdict = without_status(verdict)
    return with_findings(verdict, run(MOMENT_CHECKS, moment))


def explain(
    staple: bytes,
    leaf: bytes,
    issuers: Sequence[bytes],
    now: datetime,
    *,
    clock_skew: timedelta = DEFAULT_CLOCK_SKEW,
) -> tuple[Result, ...]:
    """Every check that `judge` makes of this staple and what it came to, in the order of verification."""
    response = decode_response(staple)
    results = run(RESPONSE_CHECKS, response)
    if not isinstance(response, BasicResponse):
        return results
    evidence = gather(response, leaf, tuple(issuers))
    return results + run(EVIDENCE_CHECKS, evidence) + run(MOMENT_CHECKS, at(evidence, now, clock_skew))


def _is_slim(examination: tuple[Evidence | None, Verdict]) -> bool:
    """Small parts are kept as large objects: a response of 16 kB may make a megabyte of them."""
    evidence, _ = examination
    if evidence is None:
        return True
    response = evidence.response
    lists = (response.certificates, response.extensions, *(one.extensions for one in response.responses))
    return len(response.responses) + sum(map(len, lists)) <= MOST_PARTS_REMEMBERED


@remember(EXAMINATIONS_REMEMBERED, keep=_is_slim)
def _examine(staple: bytes, leaf: bytes, issuers: tuple[bytes, ...]) -> tuple[Evidence | None, Verdict]:
    """All that can be said without a clock; no evidence where there is no basic response."""
    response = decode_response(staple)
    results = run(RESPONSE_CHECKS, response)
    if not isinstance(response, BasicResponse):
        return None, with_findings(describe_unread(response), results)
    evidence = gather(response, leaf, issuers)
    return evidence, with_findings(describe(evidence), results + run(EVIDENCE_CHECKS, evidence))
