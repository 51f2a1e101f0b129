"""What several handshakes of one probe come to together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ocsp_staple_exporter.diagnosis import urgency
from ocsp_staple_exporter.model import (
    Absence,
    Endpoint,
    Finding,
    Observation,
    ProbeError,
    ProbeResult,
    Reason,
    Rounds,
)

MISSING = frozenset({Reason.NO_STAPLE, Reason.MUST_STAPLE_MISSING})
MOST_NAMED = 4
"""Certificates and failures that a detail names."""


def compared(endpoint: Endpoint, rounds: Rounds) -> Observation:
    """The worst handshake that carried a staple, or the worst of all where none did, with what the others show.

    A staple that came once is there, and a bad one that came once reaches some of the visitors.
    """
    observed = [one for one in rounds.seen if isinstance(one, Observation)]
    shown = min(
        [one for one in observed if one.stapled] or observed,
        key=lambda one: urgency(ProbeResult(endpoint=endpoint, started_at=one.judged_at, outcome=one)),
    )
    errors, warnings = _missing_sometimes(rounds)
    warnings = (*warnings, *_different_certificates(observed), *_failures(rounds))
    assessment = replace(
        shown.assessment, errors=shown.assessment.errors + errors, warnings=shown.assessment.warnings + warnings
    )
    return replace(shown, assessment=assessment, rounds=rounds)


def lacks_a_due_staple(seen: Observation) -> bool:
    """No staple came in this handshake, and that is a fault."""
    assessment = seen.assessment
    findings = (*assessment.errors, *assessment.warnings)
    return isinstance(assessment, Absence) and any(finding.reason in MISSING for finding in findings)


def _missing_sometimes(rounds: Rounds) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Errors and warnings.

    What a retry mended is a warning where the certificate demands a staple, for it locked a client
    out, and else none: it is how servers begin that fetch when they are first asked.
    """
    observed = [one for one in rounds.seen if isinstance(one, Observation)]
    stapled = sum(one.stapled for one in observed)
    lacking = [one for one in observed if lacks_a_due_staple(one)]
    if not stapled or not lacking:
        return (), ()
    finding = Finding(
        Reason.STAPLE_MISSING_SOMETIMES, f"{stapled} of {len(observed)} handshakes carried a staple, the others did not"
    )
    demanded = any(one.assessment.errors for one in lacking)
    if rounds.retries:
        return (), (finding,) if demanded else ()
    return ((finding,), ()) if demanded else ((), (finding,))


def _different_certificates(observed: Sequence[Observation]) -> Iterator[Finding]:
    """Several servers, of which some have another certificate, or workers that did not take part in a reload."""
    counts = Counter(one.certificate.serial_number for one in observed)
    if len({one.handshake.leaf for one in observed}) > 1:
        named = _counted((f"serial number {serial}", count) for serial, count in counts.most_common(MOST_NAMED))
        yield Finding(Reason.CERTIFICATES_DIFFER, f"in {len(observed)} handshakes: {named}")


def _failures(rounds: Rounds) -> Iterator[Finding]:
    counts = Counter(one for one in rounds.seen if isinstance(one, ProbeError))
    if counts:
        named = _counted((f"{one.reason.value}, {one.detail}", n) for one, n in counts.most_common(MOST_NAMED))
        detail = f"{counts.total()} of {len(rounds.seen)} handshakes failed: {named}"
        yield Finding(Reason.HANDSHAKE_FAILED_SOMETIMES, detail)


def _counted(named: Iterable[tuple[str, int]]) -> str:
    return "; ".join(f"{name} ({count} times)" if count > 1 else name for name, count in named)
