"""What is said of a staple, its certificates and its times: a name and a line for each fact."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from rich.text import Text

from ocsp_staple_exporter.check.layout import Line
from ocsp_staple_exporter.check.report import Report
from ocsp_staple_exporter.model import Certificate, CertStatus, Verdict
from ocsp_staple_exporter.ocsp.times import utc

MARGIN = 12
"""Columns of the longest name."""

STATUS_STYLES = {CertStatus.GOOD: "green", CertStatus.REVOKED: "bold red", CertStatus.UNKNOWN: "red"}

Facts: TypeAlias = Mapping[str, "str | Text | None"]
"""By name; None: not known, and not shown."""


def as_lines(facts: Facts) -> list[Line]:
    return [(Text(name, "dim"), _as_text(fact)) for name, fact in facts.items() if fact]


def of_certificates(leaf: Certificate, issuer: Certificate | None, where_missing: str) -> Facts:
    """`where_missing`: where the issuer's certificate was looked for and is not."""
    demanding = leaf.must_staple or (issuer is not None and issuer.must_staple)
    wanted = f"{where_missing}: give the certificate of {leaf.issuer} with --issuer"
    return {
        "leaf": f"{leaf.subject or 'no subject'}, serial number {leaf.serial_number}"
        + (", demands stapling" if demanding else ""),
        "issuer": Text(issuer.subject) if issuer else Text(wanted, "red"),
    }


def of_response(report: Report) -> Facts:
    verdict, now = report.verdict, report.now
    return {
        "response": verdict.response_status and verdict.response_status.value,
        "status": _status(verdict),
        "responder": _responder(verdict, now),
        "signature": verdict.signature_algorithm,
        "CertID hash": verdict.cert_id_hash,
        "producedAt": time_in_words(verdict.produced_at, now),
        "thisUpdate": time_in_words(verdict.this_update, now),
        "nextUpdate": time_in_words(verdict.next_update, now),
        "judged at": f"{utc(now.replace(microsecond=0))}, allowing {span_in_words(report.clock_skew)} of clock skew",
    }


def _as_text(fact: str | Text) -> Text:
    return fact if isinstance(fact, Text) else Text(fact)


def _status(verdict: Verdict) -> Text:
    if verdict.cert_status is None:
        return Text("not known: only an authentic staple is believed", "dim")
    text = verdict.cert_status.value
    if verdict.revocation_time:
        text += f", at {utc(verdict.revocation_time)}, reason: {verdict.revocation_reason or 'none given'}"
    return Text(text, STATUS_STYLES[verdict.cert_status])


def _responder(verdict: Verdict, now: datetime) -> str | None:
    if verdict.responder and verdict.responder_not_after:
        return f"{verdict.responder}, certificate until {time_in_words(verdict.responder_not_after, now)}"
    return verdict.responder


def time_in_words(moment: datetime | None, now: datetime) -> str | None:
    if moment is None:
        return None
    words = f"in {span_in_words(moment - now)}" if moment >= now else f"{span_in_words(now - moment)} ago"
    return f"{utc(moment)} ({words})"


def span_in_words(span: timedelta) -> str:
    """`3 d 11 h`, `2 h 5 min`, `45 min`, `12 s`: the two largest units, of a span that is not negative."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    counts = {"d": days, "h": hours, "min": minutes, "s": seconds}
    largest = next((unit for unit, count in counts.items() if count), "s")
    units = list(counts)
    shown = units[units.index(largest) :][:2]
    return " ".join(f"{counts[unit]} {unit}" for unit in shown if counts[unit] or unit == largest)
