"""A report for people: the verdict in one line, the facts, then every check; 80 columns are enough."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from rich.console import Console
from rich.text import Text

from ocsp_staple_exporter.check.files import Form
from ocsp_staple_exporter.check.report import Grade, Report
from ocsp_staple_exporter.model import CertStatus, Finding, Verdict
from ocsp_staple_exporter.ocsp.checks import Failed, Passed, Result, Severity, Skipped
from ocsp_staple_exporter.ocsp.times import utc

WIDTH_WHEN_PIPED = 80

NARROWEST = 40
"""Columns that the report takes at least: below, its margins leave no room for words."""

_GRADE_STYLES = {
    Grade.GOOD: "bold green",
    Grade.WARNINGS: "bold yellow",
    Grade.ERRORS: "bold red",
    Grade.REVOKED: "bold red",
    Grade.UNKNOWN: "bold red",
}
_STATUS_STYLES = {CertStatus.GOOD: "green", CertStatus.REVOKED: "bold red", CertStatus.UNKNOWN: "red"}
_SEVERITY_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow"}
_TIED = "\ue000"
"""A space at which no line is broken, while lines are being broken. `printable` lets none through."""

Line = tuple[Text, Text]
"""What stands in the margin, and what is beside it and may be wrapped."""


def as_text(report: Report, console: Console) -> str:
    """The report in lines that fit the console, coloured where the console is."""
    width = max(console.width, NARROWEST) if console.is_terminal else WIDTH_WHEN_PIPED
    blocks = [[_headline(report)], _margined(_facts(report), 12, width, console)]
    blocks += [
        [Text(heading, "bold"), *_margined(lines, 7, width, console, indent=2)]
        for heading, lines in _checks(report.results)
        if lines
    ]
    with console.capture() as captured:
        for line in Text("\n\n").join(Text("\n").join(block) for block in blocks).split():
            line.rstrip()
            console.print(line, soft_wrap=True, highlight=False)
    return captured.get()


def _margined(lines: list[Line], margin: int, width: int, console: Console, *, indent: int = 0) -> list[Text]:
    shown = []
    for left, body in lines:
        for number, part in enumerate(body.wrap(console, width - indent - margin - 1, overflow="fold")):
            part.plain = part.plain.replace(_TIED, " ")
            beside = left.copy() if number == 0 else Text()
            beside.pad_right(margin + 1 - beside.cell_len)
            shown.append(Text.assemble(" " * indent, beside, part))
    return shown


def _headline(report: Report) -> Text:
    grade, verdict = report.grade, report.verdict
    return Text(f"{grade.value}: {_story(grade, verdict)}", _GRADE_STYLES[grade])


def _story(grade: Grade, verdict: Verdict) -> str:
    match grade:
        case Grade.GOOD:
            return "the staple is sound, and the CA says that the certificate is good"
        case Grade.WARNINGS:
            return f"the staple can be served, but {_first_of(verdict.warnings)}"
        case Grade.ERRORS:
            return f"the staple does not verify: {_first_of((*verdict.errors, *verdict.warnings))}"
        case Grade.REVOKED:
            return "the CA has revoked the certificate" + _at(verdict.revocation_time)
        case Grade.UNKNOWN:
            return "the CA's responder does not know the certificate"


def _at(moment: datetime | None) -> str:
    return f", at {utc(moment)}" if moment else ""


def _first_of(findings: tuple[Finding, ...]) -> str:
    more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
    return findings[0].reason.value + more


# ---------------------------------------------------------------- facts


def _facts(report: Report) -> list[Line]:
    verdict, now = report.verdict, report.now
    facts: dict[str, str | Text | None] = {
        "staple": f"{report.subject.name}, {_form(report)}",
        "leaf": _leaf(report),
        "issuer": _issuer(report),
        "response": verdict.response_status and verdict.response_status.value,
        "status": _status(verdict),
        "responder": _responder(verdict, now),
        "signature": verdict.signature_algorithm,
        "CertID hash": verdict.cert_id_hash,
        "producedAt": _time(verdict.produced_at, now),
        "thisUpdate": _time(verdict.this_update, now),
        "nextUpdate": _time(verdict.next_update, now),
        "judged at": f"{utc(now)}, allowing {span_in_words(report.clock_skew)} of clock skew",
    }
    return [(Text(name, "dim"), _as_text(fact)) for name, fact in facts.items() if fact]


def _as_text(fact: str | Text) -> Text:
    return fact if isinstance(fact, Text) else Text(fact)


def _form(report: Report) -> str:
    size = f"{len(report.subject.staple)} bytes"
    if report.subject.form is Form.DER:
        return size
    return f"{size} in {report.subject.form.value.upper()} (nginx and HAProxy read DER from files)"


def _leaf(report: Report) -> str:
    leaf = report.leaf
    text = f"{leaf.subject or 'no subject'}, serial number {leaf.serial_number}"
    demanding = leaf.must_staple or (report.issuer is not None and report.issuer.must_staple)
    return f"{text}, demands stapling" if demanding else text


def _issuer(report: Report) -> Text:
    if report.issuer:
        return Text(report.issuer.subject)
    return Text(f"not among the files: give the certificate of {report.leaf.issuer} with --issuer", "red")


def _status(verdict: Verdict) -> Text:
    if verdict.cert_status is None:
        return Text("not known: only an authentic staple is believed", "dim")
    text = verdict.cert_status.value
    if verdict.revocation_time:
        text += f"{_at(verdict.revocation_time)}, reason: {verdict.revocation_reason or 'none given'}"
    return Text(text, _STATUS_STYLES[verdict.cert_status])


def _responder(verdict: Verdict, now: datetime) -> str | None:
    if verdict.responder and verdict.responder_not_after:
        return f"{verdict.responder}, certificate until {_time(verdict.responder_not_after, now)}"
    return verdict.responder


def _time(moment: datetime | None, now: datetime) -> str | None:
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


# ---------------------------------------------------------------- checks


def _checks(results: tuple[Result, ...]) -> Iterator[tuple[str, list[Line]]]:
    """In three groups, what failed first; in each the order is that of verification."""
    for heading, kind in (("failed", Failed), ("passed", Passed), ("not applicable", Skipped)):
        group = [result for result in results if isinstance(result[1], kind)]
        yield f"{len(group)} of {len(results)} checks {heading}", [_check(result) for result in group]


def _check(result: Result) -> Line:
    check, outcome = result
    match outcome:
        case Failed(reason, detail):
            style = _SEVERITY_STYLES[check.severity]
            words = Text.assemble((reason.value, f"bold {style}"), f": {detail} ", _clause(f"{check.name}, ", result))
            return Text(check.severity.value, style), words
        case Passed(detail):
            return Text("passed", "green"), Text.assemble(f"{check.name}: {detail} ", _clause("", result))
        case Skipped(detail):
            return Text("n/a", "dim"), Text.assemble(f"{check.name}: {detail} ", _clause("", result))


def _clause(before: str, result: Result) -> Text:
    return Text(f"[{before}{result[0].clause.replace(' ', _TIED)}]", "dim")
