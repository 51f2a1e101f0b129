"""The metrics of an endpoint: one row of the contract (docs/metrics.md) is one entry here.

Absence is absence: what the wire did not carry yields no sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from ocsp_staple_exporter.exposition import counts
from ocsp_staple_exporter.exposition.text import Family, Sample
from ocsp_staple_exporter.model import (
    Absence,
    CertStatus,
    Finding,
    Observation,
    Phase,
    ProbeError,
    ProbeResult,
    Verdict,
)

Samples = Iterable[Sample]
Read = Callable[[ProbeResult], Samples]


def _one(value: float) -> Samples:
    return (((), value),)


def _moment(when: datetime | None) -> Samples:
    return () if when is None else _one(when.timestamp())


def _observed(read: Callable[[Observation], Samples]) -> Read:
    """Samples of a probe that read a handshake."""

    def samples(result: ProbeResult) -> Samples:
        return read(result.outcome) if isinstance(result.outcome, Observation) else ()

    return samples


def _stapled(read: Callable[[Verdict], Samples]) -> Read:
    """Samples of a probe that read a staple."""

    def samples(observation: Observation) -> Samples:
        return read(observation.assessment) if isinstance(observation.assessment, Verdict) else ()

    return _observed(samples)


_PHASES = {phase: (phase.value,) for phase in Phase}


def _durations(result: ProbeResult) -> Samples:
    """To the microsecond: what is beyond is noise, and would be a third of the text."""
    durations = result.durations
    return [(label, round(durations[phase], 6)) for phase, label in _PHASES.items() if phase in durations]


def _probe_error(result: ProbeResult) -> Samples:
    return (((result.outcome.reason.value,), 1),) if isinstance(result.outcome, ProbeError) else ()


def _verified(observation: Observation) -> Samples:
    match observation.assessment:
        case Verdict() as verdict:
            return _one(verdict.verified)
        case Absence():
            return _one(0)


def _reasons(findings: Iterable[Finding]) -> Samples:
    """One sample for each reason, however many findings share it: a series may appear only once."""
    return [((reason,), 1) for reason in dict.fromkeys(finding.reason.value for finding in findings)]


def _cert_status(observation: Observation) -> Samples:
    assessment = observation.assessment
    stated = assessment.cert_status if isinstance(assessment, Verdict) else None
    return [((status.value,), status is stated) for status in CertStatus]


def _chain_verified(observation: Observation) -> Samples:
    verified = observation.chain.verified
    return () if verified is None else _one(verified)


def _handshake_info(observation: Observation) -> Samples:
    handshake = observation.handshake
    version, suite, group = handshake.tls_version.value, handshake.cipher_suite, handshake.group
    return (((observation.address or "", version, suite, group or "", observation.certificate.key_type), 1),)


def _certificate_info(observation: Observation) -> Samples:
    leaf = observation.certificate
    return (((leaf.subject, leaf.issuer, leaf.serial_number, leaf.fingerprint_sha256), 1),)


def _response_info(verdict: Verdict) -> Samples:
    facts = (verdict.responder, verdict.signature_algorithm, verdict.cert_id_hash)
    return () if facts == (None, None, None) else ((tuple(fact or "" for fact in facts), 1),)


PROBE_FAMILIES: tuple[Family, ...] = (
    Family(
        "ocsp_staple_last_probe_timestamp_seconds",
        "Unix time at which the last probe started. The other series of the target are as of that probe.",
        (),
        lambda result: _moment(result.started_at),
    ),
    Family(
        "ocsp_staple_probe_duration_seconds",
        "Time that each phase of the last probe took, all its handshakes together; a phase that did not run "
        "has no series.",
        ("phase",),
        _durations,
        known=tuple(phase.value for phase in Phase),
    ),
)
"""What differs with every probe."""

OUTCOME_FAMILIES: tuple[Family, ...] = (
    Family(
        "ocsp_staple_probe_interval_seconds",
        "Time between two probes of the target, as configured.",
        (),
        lambda result: _one(result.endpoint.module.interval.total_seconds()),
    ),
    Family(
        "ocsp_staple_probe_success",
        "1 if the last probe read a handshake, whatever staple came with it; 0 if not.",
        (),
        lambda result: _one(isinstance(result.outcome, Observation)),
    ),
    Family(
        "ocsp_staple_probe_error",
        "1 for the reason why the last probe read no handshake.",
        ("reason",),
        _probe_error,
    ),
    Family(
        "ocsp_staple_present",
        "1 if the server stapled an OCSP response for its leaf certificate (RFC 6066 section 8) in a handshake "
        "of the last probe; 0 if in none.",
        (),
        _observed(lambda seen: _one(isinstance(seen.assessment, Verdict))),
    ),
    Family(
        "ocsp_staple_expected",
        "1 if a missing staple is a fault, by configuration or because the leaf names an OCSP responder "
        "or demands stapling, as of the last probe; 0 if not.",
        (),
        _observed(lambda seen: _one(seen.staple_expected)),
    ),
    Family(
        "ocsp_staple_must_staple",
        "1 if the leaf demands stapling (TLS Feature, RFC 7633), as of the last probe; 0 if not.",
        (),
        _observed(lambda seen: _one(seen.certificate.must_staple)),
    ),
    Family(
        "ocsp_staple_handshakes",
        "Handshakes that the last probe read, with and without a staple for the leaf: always, sometimes or never.",
        ("stapled",),
        _observed(counts.handshakes),
        known=("true", "false"),
    ),
    Family(
        "ocsp_staple_chain_certificates",
        "Certificates that the server sent, its leaf among them, by the staple that came for each "
        "(RFC 8446 section 4.4.2.1, RFC 6961), as of the last probe: none, or one that clients accept or reject.",
        ("staple",),
        _observed(counts.chain_certificates),
        known=("none", "accepted", "rejected"),
    ),
    Family(
        "ocsp_staple_verified",
        "1 if a staple came that is authentic, for the leaf and in time (RFC 6960 section 3.2), whatever "
        "status it states, as of the last probe; 0 if not.",
        (),
        _observed(_verified),
    ),
    Family(
        "ocsp_staple_verification_errors",
        "Number of reasons for which a client would reject the staple, as of the last probe.",
        (),
        _stapled(lambda verdict: _one(len({error.reason for error in verdict.errors}))),
    ),
    Family(
        "ocsp_staple_verification_error",
        "1 for each reason for which a client would reject the staple or its absence, as of the last probe.",
        ("reason",),
        _observed(lambda seen: _reasons(seen.assessment.errors)),
    ),
    Family(
        "ocsp_staple_warning",
        "1 for each reason for which the staple or its absence needs attention although clients "
        "accept it, as of the last probe.",
        ("reason",),
        _observed(lambda seen: _reasons(seen.assessment.warnings)),
    ),
    Family(
        "ocsp_staple_cert_status",
        "1 for the status of the leaf that an authentic staple states (CertStatus, RFC 6960 section 2.2), "
        "as of the last probe; 0 for the others, and for all when no such staple came.",
        ("status",),
        _observed(_cert_status),
        known=tuple(status.value for status in CertStatus),
    ),
    Family(
        "ocsp_staple_this_update_timestamp_seconds",
        "thisUpdate of the staple as Unix time: when the stated status was known to be right "
        "(RFC 6960 section 2.4), as of the last probe.",
        (),
        _stapled(lambda verdict: _moment(verdict.this_update)),
    ),
    Family(
        "ocsp_staple_next_update_timestamp_seconds",
        "nextUpdate of the staple as Unix time: when newer information will be available "
        "(RFC 6960 section 2.4) and the staple is stale, as of the last probe.",
        (),
        _stapled(lambda verdict: _moment(verdict.next_update)),
    ),
    Family(
        "ocsp_staple_produced_at_timestamp_seconds",
        "producedAt of the staple as Unix time: when the responder signed it (RFC 6960 section 2.4), "
        "as of the last probe.",
        (),
        _stapled(lambda verdict: _moment(verdict.produced_at)),
    ),
    Family(
        "ocsp_staple_revocation_timestamp_seconds",
        "revocationTime of the staple as Unix time: when the leaf was revoked (RFC 6960 section 4.2.1), "
        "as of the last probe.",
        (),
        _stapled(lambda verdict: _moment(verdict.revocation_time)),
    ),
    Family(
        "ocsp_staple_certificate_not_after_timestamp_seconds",
        "notAfter of the leaf as Unix time (RFC 5280 section 4.1.2.5), as of the last probe.",
        (),
        _observed(lambda seen: _moment(seen.certificate.not_after)),
    ),
    Family(
        "ocsp_staple_responder_certificate_not_after_timestamp_seconds",
        "notAfter, as Unix time, of the certificate that vouches for the staple's signature "
        "(RFC 6960 section 4.2.2.2), as of the last probe.",
        (),
        _stapled(lambda verdict: _moment(verdict.responder_not_after)),
    ),
    Family(
        "ocsp_staple_chain_verified",
        "1 if the chain as sent leads to the trust store and names the host, as of the last probe; 0 if not. "
        "The verdict on the staple does not depend on it.",
        (),
        _observed(_chain_verified),
    ),
    Family(
        "ocsp_staple_handshake_info",
        "1, with what the server chose in the handshake of the last probe.",
        ("address", "tls_version", "cipher_suite", "group", "key_type"),
        _observed(_handshake_info),
    ),
    Family(
        "ocsp_staple_certificate_info",
        "1, with the names of the leaf, as of the last probe.",
        ("subject", "issuer", "serial_number", "fingerprint_sha256"),
        _observed(_certificate_info),
    ),
    Family(
        "ocsp_staple_response_info",
        "1, with who signed the staple and how, as of the last probe; what it does not say is empty.",
        ("responder", "signature_algorithm", "cert_id_hash"),
        _stapled(_response_info),
    ),
)
"""What is the same as long as endpoint and outcome are."""

COUNTDOWN = Family(
    "ocsp_staple_seconds_until_next_update",
    "Seconds from this scrape to nextUpdate of the staple of the last probe; negative once it is stale. "
    "ocsp_staple_next_update_timestamp_seconds - time() is the same.",
    (),
    _stapled(lambda verdict: _moment(verdict.next_update)),
)
"""Its samples are moments, Unix time: the clock is read when Prometheus asks."""

FAMILIES: tuple[Family, ...] = (*PROBE_FAMILIES, *OUTCOME_FAMILIES, COUNTDOWN)
