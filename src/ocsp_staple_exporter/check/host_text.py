"""The full report of one host, for people: the diagnosis with its fix, the facts, then every check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from ocsp_staple_exporter.check import check_lines, facts
from ocsp_staple_exporter.check.grade import Grade
from ocsp_staple_exporter.check.host import Checked, fixes_to_tell, report_of
from ocsp_staple_exporter.check.layout import Block, Line, laid_out, margined
from ocsp_staple_exporter.check.text import GRADE_STYLES, story_of
from ocsp_staple_exporter.diagnosis import (
    SOFTWARE_NAMES,
    Diagnosis,
    Fix,
    State,
    finished_in_words,
    openssl_command,
    reservation_about,
)
from ocsp_staple_exporter.explained import handshakes_in_words
from ocsp_staple_exporter.foreign_text import escape
from ocsp_staple_exporter.model import BESIDE_THE_STAPLE, ChainVerdict, Handshake, Observation, ProbeError, ProbeResult

RUNBOOKS = "docs/runbooks"

_SNIPPET_INDENT = "    "


def as_text(host: Checked, console: Console) -> str:
    return laid_out(_blocks(host, console), console)


def headline_of(host: Checked) -> str:
    """What the host comes to, in one sentence without its name."""
    if host.diagnosis:
        return _one_line(host.diagnosis.headline)
    if host.state is State.NOT_DUE:
        return "no staple came, and none is due: the certificate has no OCSP"
    return story_of(host.verdict, Grade.GOOD) if host.verdict else host.state.value


def _blocks(host: Checked, console: Console) -> Iterator[Block]:
    word = host.state.value.replace("_", " ")
    yield [Text(f"{word}: {host.name}: {headline_of(host)}", GRADE_STYLES[host.grade])]
    reservation = reservation_about(host.observation.handshake) if host.observation else None
    if reservation:
        yield [Text(reservation, "yellow")]
    if host.diagnosis:
        yield from _explanation(host, host.diagnosis, console)
    yield margined(facts.as_lines(_facts(host)), facts.MARGIN, console)
    findings = list(_findings(host))
    if findings:
        yield margined(findings, check_lines.MARGIN, console, indent=check_lines.INDENT)
    report = report_of(host)
    if report:
        yield from check_lines.blocks_of(report.results, console)


# ---------------------------------------------------------------- diagnosis


def _explanation(host: Checked, diagnosis: Diagnosis, console: Console) -> Iterator[Block]:
    yield _paragraphs({"effect": diagnosis.effect, "cause": diagnosis.cause}, console)
    for fix in fixes_to_tell(diagnosis, host.server):
        yield _paragraphs({"fix": f"{_addressee(fix, host)}{fix.text}"}, console)
        if fix.snippet:
            yield [Text(f"{_SNIPPET_INDENT}{_visible(line)}", "bold") for line in fix.snippet.strip("\n").split("\n")]
    yield _paragraphs({"other fixes": _others(host), "runbook": f"{RUNBOOKS}/{diagnosis.runbook}.md"}, console)
    yield [Text("what OpenSSL sees", "bold"), Text(f"{_SNIPPET_INDENT}{openssl_command(host.result.endpoint)}")]


def _addressee(fix: Fix, host: Checked) -> str:
    if fix.software is None:
        return ""
    name = SOFTWARE_NAMES[fix.software]
    if host.server.header is not None:
        return f'for {name}, which it looks like ("Server: {host.server.header}"): '
    return f"for {name}: "


def _others(host: Checked) -> str | None:
    if not host.other_software:
        return None
    return f"{', '.join(SOFTWARE_NAMES[software] for software in host.other_software)}: choose with --server"


def _paragraphs(words: dict[str, str | None], console: Console) -> Block:
    lines = [(Text(name, "bold"), Text(_one_line(text))) for name, text in words.items() if text]
    return margined(lines, facts.MARGIN, console)


def _one_line(text: str) -> str:
    return _visible(" ".join(text.split()))


def _visible(text: str) -> str:
    """A diagnosis quotes only what was escaped; should it not, the terminal is safe all the same."""
    return text if text.isprintable() else "".join(char if char.isprintable() else escape(char) for char in text)


# ---------------------------------------------------------------- facts


def _facts(host: Checked) -> facts.Facts:
    result, seen = host.result, host.observation
    if seen is None:
        return {"host": _where(result), "took": _durations(result)}
    handshake, now = seen.handshake, seen.judged_at
    met: facts.Facts = {
        "host": f"{_where(result)}, at {seen.address or 'an address that the proxy knows'}",
        "handshake": _handshake(handshake),
        "handshakes": handshakes_in_words(seen),
        "took": _durations(result),
        "server": host.server.header and f"{host.server.header}, as it says itself",
        "chain": _chain(seen.chain, len(handshake.chain)),
        "staple": _staple(seen),
        "others": _others_of_chain(seen),
        **facts.of_certificates(seen.certificate, host.issuer, "not among what was sent"),
        "notAfter": facts.time_in_words(seen.certificate.not_after, now),
    }
    report = report_of(host)
    return {**met, **facts.of_response(report)} if report else met


def _where(result: ProbeResult) -> str:
    endpoint = result.endpoint
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    asked = f"asking for {endpoint.server_name}" if endpoint.server_name else "without a server name"
    return f"{host}:{endpoint.port}, {asked}"


def _durations(result: ProbeResult) -> str:
    return ", ".join(f"{phase.value} {_milliseconds(seconds)} ms" for phase, seconds in result.durations.items())


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f}" if seconds < 0.01 else f"{seconds * 1000:.0f}"


def _handshake(shown: Handshake) -> str:
    agreed = (f"TLS {shown.tls_version.value}", shown.cipher_suite, shown.group, shown.signature_scheme)
    told = ", ".join(fact for fact in agreed if fact is not None)
    return told if shown.finished else f"{told}; Finished {finished_in_words(shown)}"


def _chain(chain: ChainVerdict, sent: int) -> Text:
    count = f"{sent} certificate{'' if sent == 1 else 's'} sent"
    match chain.verified:
        case True:
            return Text(f"{count}, {chain.detail}")
        case False:
            return Text(f"{count}, not trusted: {chain.detail}", "red")
        case None:
            return Text(f"{count}, not judged: there is no trust store to ask, name one with --ca-file", "yellow")


def _staple(seen: Observation) -> str:
    if seen.handshake.staple is not None:
        return f"{len(seen.handshake.staple)} bytes"
    return "none came, and one is due" if seen.staple_expected else "none came, and none is due"


def _others_of_chain(seen: Observation) -> str | None:
    """Staples of the certificates after the leaf, where any came."""
    stapled = [verdict for verdict in seen.others if verdict]
    good = sum(not verdict.errors for verdict in stapled)
    return f"{len(stapled)} for certificates after the leaf, {good} of them good" if stapled else None


def _findings(host: Checked) -> Iterable[Line]:
    """What is wrong and no check of the staple would tell."""
    match host.result.outcome:
        case ProbeError(reason, detail):
            yield _finding("error", "red", reason.value, detail)
        case Observation():
            checked = host.verdict is not None
            for finding in host.errors:
                if not checked or finding.reason in BESIDE_THE_STAPLE:
                    yield _finding("error", "red", finding.reason.value, finding.detail)
            for finding in host.warnings:
                if not checked or finding.reason in BESIDE_THE_STAPLE:
                    yield _finding("warning", "yellow", finding.reason.value, finding.detail)


def _finding(severity: str, style: str, label: str, detail: str) -> Line:
    return Text(severity, style), Text.assemble((label, f"bold {style}"), f": {detail}")
