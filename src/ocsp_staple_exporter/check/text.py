"""A report of a staple in a file, for people: the verdict in one line, the facts, then every check."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.text import Text

from ocsp_staple_exporter.check import check_lines, facts
from ocsp_staple_exporter.check.files import Form
from ocsp_staple_exporter.check.grade import Grade
from ocsp_staple_exporter.check.layout import laid_out, margined
from ocsp_staple_exporter.check.report import Report
from ocsp_staple_exporter.model import Finding, Verdict
from ocsp_staple_exporter.ocsp.times import utc

GRADE_STYLES = {
    Grade.GOOD: "bold green",
    Grade.WARNINGS: "bold yellow",
    Grade.UNREACHABLE: "bold red",
    Grade.ERRORS: "bold red",
    Grade.REVOKED: "bold red",
    Grade.UNKNOWN: "bold red",
}


def as_text(report: Report, console: Console) -> str:
    """The report in lines that fit the console, coloured where the console is."""
    blocks = [
        [Text(f"{report.grade.value}: {story_of(report.verdict, report.grade)}", GRADE_STYLES[report.grade])],
        margined(facts.as_lines(_facts(report)), facts.MARGIN, console),
        *check_lines.blocks_of(report.results, console),
    ]
    return laid_out(blocks, console)


def story_of(verdict: Verdict, grade: Grade) -> str:
    """What a staple comes to, in one line."""
    match grade:
        case Grade.REVOKED:
            return "the CA has revoked the certificate" + _at(verdict.revocation_time)
        case Grade.UNKNOWN:
            return "the CA's responder does not know the certificate"
        case Grade.ERRORS:
            return f"the staple does not verify: {_first_of((*verdict.errors, *verdict.warnings))}"
        case Grade.WARNINGS:
            return f"the staple can be served, but {_first_of(verdict.warnings)}"
        case _:
            return "the staple is sound, and the CA says that the certificate is good"


def _at(moment: datetime | None) -> str:
    return f", at {utc(moment)}" if moment else ""


def _first_of(findings: tuple[Finding, ...]) -> str:
    more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
    return findings[0].reason.value + more


def _facts(report: Report) -> facts.Facts:
    return {
        "staple": f"{report.subject.name}, {_form(report)}",
        **facts.of_certificates(report.leaf, report.issuer, "not among the files"),
        **facts.of_response(report),
    }


def _form(report: Report) -> str:
    size = f"{len(report.subject.staple)} bytes"
    if report.subject.form is Form.DER:
        return size
    return f"{size} in {report.subject.form.value.upper()} (nginx and HAProxy read DER from files)"
