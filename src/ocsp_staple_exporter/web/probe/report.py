"""A probe in all its steps, as plain text for a person who asked /probe with debug=true."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta

from ocsp_staple_exporter.documents import Check, CheckOutcome
from ocsp_staple_exporter.web.api.models import Detail, Diagnosis

WORST_FIRST = (CheckOutcome.FAILED, CheckOutcome.PASSED, CheckOutcome.NOT_APPLICABLE)


def report(seen: Detail, timeout: timedelta, metrics: str) -> str:
    """`timeout` is the module's; `seen.settings` has the one that the probe was held to."""
    sections = {
        f"Probe of {seen.target}": _summary(seen, timeout),
        "Steps": _steps(seen),
        "Diagnosis": _diagnosis(seen.diagnosis),
        "Certificates": _certificates(seen),
        "Checks": _checks(seen.checks),
        f"Module {seen.module}": _settings(seen),
        "Metrics": metrics.splitlines(),
    }
    return "\n".join(_sections(sections.items()))


def _sections(sections: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
    for heading, lines in sections:
        yield heading
        yield from (f"  {line}" if line else "" for line in lines)
        yield ""


def _summary(seen: Detail, timeout: timedelta) -> Iterator[str]:
    yield f"state: {seen.state.value}"
    if seen.probe is None:
        return
    yield f"started at: {seen.probe.started_at:%Y-%m-%dT%H:%M:%SZ}"
    yield f"took: {seen.probe.duration_seconds:.6f} s"
    held_to, whole = seen.settings.timeout_seconds, timeout.total_seconds()
    cut = f", the module's {whole:g} s cut to what the scrape leaves" if held_to < whole else ""
    yield f"timeout: {held_to:g} s{cut}"
    yield f"server name: {seen.server_name or 'none is sent'}"
    for kind, findings in (("error", seen.errors), ("warning", seen.warnings)):
        for finding in findings:
            yield f"{kind}: {finding.reason.value}: {finding.detail}"


def _steps(seen: Detail) -> Iterator[str]:
    failed = seen.probe.error if seen.probe else None
    for phase in seen.phases:
        last = failed is not None and phase is seen.phases[-1]
        outcome = f"failed: {failed.reason.value}: {failed.detail}" if failed and last else "done"
        yield f"{phase.phase.value:9}  {phase.seconds:.6f} s  {outcome}"
    if seen.probe and seen.probe.address:
        yield f"address: {seen.probe.address}"
    if seen.handshake:
        for name, value in seen.handshake.model_dump(mode="json").items():
            yield f"{name}: {_shown(value)}"


def _diagnosis(diagnosis: Diagnosis | None) -> Iterator[str]:
    if diagnosis is None:
        yield "nothing is wrong"
        return
    yield from (diagnosis.headline, diagnosis.effect, diagnosis.cause)
    for fix in diagnosis.fixes:
        yield f"fix ({fix.software.value if fix.software else 'any server'}): {fix.text}"
        yield from (f"    {line}" for line in (fix.snippet or "").splitlines())
    yield f"runbook: {diagnosis.runbook}"


def _certificates(seen: Detail) -> Iterator[str]:
    if seen.chain_verdict is None:
        yield "none were read"
        return
    for number, sent in enumerate(seen.chain):
        if sent.certificate is None:
            yield f"{number}: {sent.unreadable}"
        else:
            staple = ", stapled" if sent.staple_base64 is not None else ""
            yield f"{number}: {sent.certificate.subject} by {sent.certificate.issuer}{staple}"
    verified = {True: "verified", False: "not verified", None: "not judged"}[seen.chain_verdict.verified]
    yield f"chain: {verified}: {seen.chain_verdict.detail}"
    if seen.verdict:
        for name, value in seen.verdict.model_dump(mode="json", exclude={"errors", "warnings"}).items():
            yield f"{name}: {_shown(value)}"


def _checks(checks: tuple[Check, ...]) -> Iterator[str]:
    if not checks:
        yield "no staple to check"
    for outcome in WORST_FIRST:
        for check in checks:
            if check.outcome is outcome:
                reason = f"{check.severity.value} {check.reason.value}: " if check.reason else ""
                yield f"{outcome.value:14}  {reason}{check.detail} [{check.name}, {check.clause}]"


def _settings(seen: Detail) -> Iterator[str]:
    for name, value in seen.settings.model_dump(mode="json").items():
        yield f"{name}: {_shown(value)}"


def _shown(value: object) -> str:
    """A text without quotes, anything else as JSON has it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
