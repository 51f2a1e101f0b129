"""What hosts came to, as JSON. docs/check.md is its contract: a field is never left out, `null` says not known."""

from __future__ import annotations

import hashlib
import json
import textwrap
from collections.abc import Iterable, Iterator

from ocsp_staple_exporter import documents
from ocsp_staple_exporter.check.document import (
    SCHEMA,
    Document,
    certificate_document,
    check_document,
    verdict_document,
)
from ocsp_staple_exporter.check.host import Checked, report_of
from ocsp_staple_exporter.check.probing import Run
from ocsp_staple_exporter.diagnosis import Diagnosis
from ocsp_staple_exporter.explained import sent_certificates
from ocsp_staple_exporter.model import Absence, Finding, Observation, Phase, ProbeError
from ocsp_staple_exporter.ocsp.times import utc

_PLACE = "@hosts@"

OF_A_HANDSHAKE = ("address", "handshake", "handshakes", "chain", "leaf", "issuer", "staple_expected", "absence")
"""Fields of a host that are null where no handshake was read."""


def as_json(run: Run, exit_status: int) -> Iterator[bytes]:
    """One JSON object in UTF-8, host by host, so that ten thousand of them need not be held as text."""
    outer = {
        "schema": SCHEMA,
        "result": run.grade.value,
        "exit_status": exit_status,
        "interrupted": run.interrupted,
        "hosts": [_PLACE],
    }
    before, _, after = _dumped(outer).partition(f'\n    "{_PLACE}"\n  ')
    yield before.encode()
    separator = "\n"
    for host in run.hosts:
        yield (separator + textwrap.indent(_dumped(document(host)), "    ")).encode()
        separator = ",\n"
    yield (("\n  " if run.hosts else "") + after + "\n").encode()


def _dumped(value: Document) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def document(host: Checked) -> Document:
    result, endpoint = host.result, host.result.endpoint
    return {
        "target": endpoint.target,
        "fan_out": {
            "address": endpoint.address,
            "key_type": endpoint.key_type.value if endpoint.key_type else None,
            "tls_version": endpoint.tls_version.value if endpoint.tls_version else None,
        },
        "host": endpoint.host,
        "port": endpoint.port,
        "server_name": endpoint.server_name,
        "labels": dict(endpoint.labels),
        "state": host.state.value,
        "result": host.grade.value,
        "probed_at": utc(result.started_at),
        "durations_seconds": {phase.value: result.durations.get(phase) for phase in Phase},
        "error": _error(result.outcome),
        **_of_observation(host),
        "server": {
            "header": host.server.header,
            "software": host.server.software.value if host.server.software else None,
        },
        "diagnosis": _diagnosis(host.diagnosis) if host.diagnosis else None,
        **_of_staple(host),
    }


def _error(outcome: Observation | ProbeError) -> Document | None:
    if isinstance(outcome, ProbeError):
        return {"reason": outcome.reason.value, "detail": outcome.detail}
    return None


def _of_observation(host: Checked) -> Document:
    seen = host.observation
    if seen is None:
        return dict.fromkeys(OF_A_HANDSHAKE)
    return {
        "address": seen.address,
        "handshake": _handshake(seen),
        "handshakes": documents.handshakes(seen).model_dump(mode="json"),
        "chain": {
            "verified": seen.chain.verified,
            "detail": seen.chain.detail,
            "sent_sha256": [hashlib.sha256(der).hexdigest() for der in seen.handshake.chain],
            "verdicts": [
                verdict_document(verdict, seen.judged_at) if verdict else None
                for _, _, verdict in sent_certificates(seen)
            ],
        },
        "leaf": certificate_document(seen.certificate),
        "issuer": certificate_document(host.issuer),
        "staple_expected": seen.staple_expected,
        "absence": _absence(seen.assessment) if isinstance(seen.assessment, Absence) else None,
    }


def _handshake(seen: Observation) -> Document:
    handshake = seen.handshake
    return {
        "tls_version": handshake.tls_version.value,
        "cipher_suite": handshake.cipher_suite,
        "group": handshake.group,
        "signature_scheme": handshake.signature_scheme,
        "client_certificate_requested": handshake.client_certificate_requested,
        "finished": handshake.finished,
        "conclusion": handshake.conclusion.value,
        "key_proven": handshake.key_proven,
        "status_acknowledged": handshake.status_acknowledged,
    }


def _absence(absence: Absence) -> Document:
    return {"errors": _findings(absence.errors), "warnings": _findings(absence.warnings)}


def _findings(found: Iterable[Finding]) -> list[Document]:
    return [finding.model_dump(mode="json") for finding in documents.findings(found)]


def _of_staple(host: Checked) -> Document:
    report = report_of(host)
    return {
        "judged_at": utc(report.now) if report else None,
        "clock_skew_seconds": host.result.endpoint.module.clock_skew.total_seconds(),
        "staple": _staple(report.subject.staple) if report else None,
        "verdict": verdict_document(report.verdict, report.now) if report else None,
        "checks": [check_document(one) for one in report.results] if report else [],
    }


def _staple(der: bytes) -> Document:
    return {"size_bytes": len(der), "sha256": hashlib.sha256(der).hexdigest()}


def _diagnosis(diagnosis: Diagnosis) -> Document:
    return {
        "headline": diagnosis.headline,
        "effect": diagnosis.effect,
        "cause": diagnosis.cause,
        "fixes": [
            {"software": fix.software.value if fix.software else None, "text": fix.text, "snippet": fix.snippet}
            for fix in diagnosis.fixes
        ],
        "runbook": diagnosis.runbook,
    }
