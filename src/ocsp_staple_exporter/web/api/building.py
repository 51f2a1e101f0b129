"""From the exporter's values to the objects of the API."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime

from ocsp_staple_exporter import diagnosis, documents, explained, history, model, ocsp
from ocsp_staple_exporter.model import Endpoint, Observation, ProbeError, ProbeResult
from ocsp_staple_exporter.web.api import models, shown


def summary(endpoint: Endpoint, result: ProbeResult | None, now: datetime) -> models.Summary:
    seen = result.outcome if result and isinstance(result.outcome, Observation) else None
    stapled = seen.assessment if seen and isinstance(seen.assessment, model.Verdict) else None
    return models.Summary(
        id=endpoint.id,
        target=endpoint.target,
        host=endpoint.host,
        port=endpoint.port,
        server_name=endpoint.server_name,
        module=endpoint.module.name,
        fan_out=models.FanOut(address=endpoint.address, key_type=endpoint.key_type, tls_version=endpoint.tls_version),
        labels=dict(endpoint.labels),
        state=diagnosis.state_of(result),
        probe=_probe(result) if result else None,
        staple_present=seen and stapled is not None,
        staple_expected=seen and seen.staple_expected,
        must_staple=seen and seen.certificate.must_staple,
        certificate_not_after=seen and seen.certificate.not_after,
        cert_status=stapled and stapled.cert_status,
        next_update=stapled and stapled.next_update,
        seconds_until_next_update=documents.seconds_until(stapled.next_update, now) if stapled else None,
        errors=documents.findings(seen.assessment.errors) if seen else (),
        warnings=documents.findings(seen.assessment.warnings) if seen else (),
    )


def detail(
    endpoint: Endpoint, result: ProbeResult | None, past: tuple[history.Past, ...], now: datetime
) -> models.Detail:
    seen = result.outcome if result and isinstance(result.outcome, Observation) else None
    issuer = explained.issuer_of(result) if result else None
    stapled = seen is not None and seen.handshake.staple is not None
    return models.Detail(
        **dict(summary(endpoint, result, now)),
        answered_at=now,
        settings=_settings(endpoint.module),
        openssl_command=diagnosis.openssl_command(endpoint),
        diagnosis=_diagnosis(result) if result else None,
        phases=_phases(result) if result else (),
        handshake=_handshake(seen.handshake) if seen else None,
        handshakes=documents.handshakes(seen) if seen else None,
        chain=_chain(seen, now) if seen else (),
        chain_verdict=shown.ChainVerdict(verified=seen.chain.verified, detail=seen.chain.detail) if seen else None,
        leaf=documents.certificate(seen.certificate) if seen else None,
        issuer=documents.certificate(issuer) if issuer else None,
        staple=_staple(seen.handshake.staple) if seen else None,
        judged_at=seen.judged_at if seen and stapled else None,
        verdict=documents.verdict(seen.assessment, now)
        if seen and isinstance(seen.assessment, model.Verdict)
        else None,
        checks=tuple(map(documents.check, explained.checks_of(result))) if result else (),
        history=tuple(map(_past, past)),
    )


def _probe(result: ProbeResult) -> models.Probe:
    address, error = None, None
    match result.outcome:
        case Observation() as seen:
            address = seen.address
        case ProbeError(reason=reason, detail=explained):
            error = documents.ProbeProblem(reason=reason, detail=explained)
    seconds = sum(result.durations.values())
    return models.Probe(started_at=result.started_at, duration_seconds=seconds, address=address, error=error)


def _settings(module: model.Module) -> models.Settings:
    return models.Settings(
        interval_seconds=module.interval.total_seconds(),
        timeout_seconds=module.timeout.total_seconds(),
        starttls=module.starttls,
        addresses=module.addresses,
        key_types=module.key_types,
        tls_versions=module.tls_versions,
        ip_family=module.ip_family,
        staple=module.staple,
        handshakes=module.handshakes,
        staple_retries=module.staple_retries,
        staple_retry_delay_seconds=module.staple_retry_delay.total_seconds(),
        clock_skew_seconds=module.clock_skew.total_seconds(),
        server_name=module.server_name,
        sni=module.sni,
        proxy_url=None if module.proxy is None else str(module.proxy),
        proxy_protocol=module.proxy_protocol,
        source_address=module.source_address,
        issuers=len(module.issuers),
        trust_anchors=None if module.trust_anchors is None else len(module.trust_anchors),
    )


def _diagnosis(result: ProbeResult) -> models.Diagnosis | None:
    found = diagnosis.diagnose(result)
    if found is None:
        return None
    return models.Diagnosis(
        headline=found.headline,
        effect=found.effect,
        cause=found.cause,
        fixes=tuple(
            models.Fix(software=fix.software, text=fix.text, snippet=fix.snippet or None) for fix in found.fixes
        ),
        runbook=found.runbook,
    )


def _phases(result: ProbeResult) -> tuple[models.PhaseDuration, ...]:
    return tuple(
        models.PhaseDuration(phase=phase, seconds=result.durations[phase])
        for phase in model.Phase
        if phase in result.durations
    )


def _handshake(shaken: model.Handshake) -> shown.Handshake:
    return shown.Handshake(
        tls_version=shaken.tls_version,
        cipher_suite=shaken.cipher_suite,
        group=shaken.group,
        signature_scheme=shaken.signature_scheme,
        client_certificate_requested=shaken.client_certificate_requested,
        finished=shaken.finished,
        conclusion=shaken.conclusion,
        key_proven=shaken.key_proven,
        status_acknowledged=shaken.status_acknowledged,
    )


def _chain(seen: Observation, now: datetime) -> tuple[shown.SentCertificate, ...]:
    return tuple(_sent(*sent, now) for sent in explained.sent_certificates(seen))


def _sent(der: bytes, staple: bytes | None, verdict: model.Verdict | None, now: datetime) -> shown.SentCertificate:
    read = ocsp.read_certificate(der)
    return shown.SentCertificate(
        size_bytes=len(der),
        sha256=hashlib.sha256(der).hexdigest(),
        der_base64=_base64(der),
        certificate=documents.certificate(read) if isinstance(read, model.Certificate) else None,
        unreadable=None if isinstance(read, model.Certificate) else read.detail,
        staple_base64=None if staple is None else _base64(staple),
        verdict=documents.verdict(verdict, now) if verdict else None,
    )


def _staple(der: bytes | None) -> shown.Staple | None:
    if der is None:
        return None
    return shown.Staple(size_bytes=len(der), sha256=hashlib.sha256(der).hexdigest(), der_base64=_base64(der))


def _past(past: history.Past) -> models.Past:
    return models.Past(
        started_at=past.started_at, duration_seconds=past.seconds, state=past.state, reasons=past.reasons
    )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
