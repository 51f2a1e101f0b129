"""The expressions that several panels share. All of them do without recording rules.

A target that several exporters watch, or at several addresses, counts once, with its worst state.
Sums of `bool` comparisons keep the difference between "none of them" (0) and "nothing known" (no sample).
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.generate.runbooks import OF_ERRORS, OF_PROBE_ERRORS, OF_WARNINGS, explained
from dashboards.generate.states import (
    GOOD,
    INVALID,
    MILDEST_ILLNESS,
    MISSING,
    MUST_STAPLE_MISSING,
    NOT_DUE,
    REVOKED,
    UNKNOWN,
    UNREACHABLE,
    WARNING,
)

LOOKBACK_SECONDS = 300
"""How old a sample may be before Prometheus no longer shows it (its default)."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The series of the endpoints that a dashboard's variables select."""

    matchers: str

    def of(self, name: str, *more: str) -> str:
        """A selector of `ocsp_staple_NAME`, with further matchers."""
        return f"ocsp_staple_{name}{{{','.join((self.matchers, *more))}}}"

    def state(self, *by: str) -> str:
        """The number of each target's state; see `states`. `by`: further labels to keep."""
        errors, due, demanded = self.of("verification_errors"), self.of("expected"), self.of("must_staple")
        present, success, warning = self.of("present"), self.of("probe_success"), self.of("warning")
        revoked, unknown = (self.of("cert_status", f'status="{word}"') for word in ("revoked", "unknown"))
        sometimes = self.of("verification_error", 'reason="staple_missing_sometimes"')
        return f"""max by ({_labels(*by)}) (
  {REVOKED.number} * ({revoked} == 1)
  or {MUST_STAPLE_MISSING.number} + ({present} == 0 and {demanded} == 1)
  or {MUST_STAPLE_MISSING.number} * (max without (reason) ({sometimes}) == 1 and {errors} == 1)
  or {UNKNOWN.number} * ({unknown} == 1)
  or {INVALID.number} + 0 * ({errors} > 0)
  or {UNREACHABLE.number} + ({success} == 0)
  or {MISSING.number} + ({present} == 0 and {due} == 1)
  or {WARNING.number} * ({warning} == 1)
  or {GOOD.number} * ({present} == 1)
  or {NOT_DUE.number} + ({present} == 0)
)"""

    def time_left(self, *by: str) -> str:
        """Seconds until the staple is stale; negative afterwards."""
        return f"min by ({_labels(*by)}) ({self.of('next_update_timestamp_seconds')}) - time()"

    def validity_used(self, *by: str) -> str:
        """The part of the time from thisUpdate to nextUpdate that has passed; above 1 once the staple is stale."""
        this, then = self.of("this_update_timestamp_seconds"), self.of("next_update_timestamp_seconds")
        return f"max by ({_labels(*by)}) ((time() - {this}) / ({then} - {this}))"

    def age(self) -> str:
        """Seconds since thisUpdate."""
        return f"time() - min by (target) ({self.of('this_update_timestamp_seconds')})"

    def certificate_left(self) -> str:
        """Seconds until the leaf expires."""
        return f"min by (target) ({self.of('certificate_not_after_timestamp_seconds')}) - time()"

    def illnesses(self) -> str:
        """1 for each reason why a target is ill: no handshake, a staple to reject, or none where one is due."""
        missing = self.of("warning", 'reason="no_staple"')
        return f"""max by (target, reason, runbook) (
  {explained(self.of("verification_error"), OF_ERRORS)}
  or {explained(self.of("probe_error"), OF_PROBE_ERRORS)}
  or {explained(missing, OF_WARNINGS)}
)"""

    def warnings(self) -> str:
        """1 for each reason to look after a target whose staple clients accept so far."""
        accepted = explained(self.of("warning", 'reason!="no_staple"'), OF_WARNINGS)
        return f"max by (target, reason, runbook) ({accepted})"

    def first_reason(self) -> str:
        """One reason for each target, an illness before a warning."""
        return f"topk by (target) (1, {self.findings()})"

    def findings(self) -> str:
        """2 for each illness of each target, 1 for each warning."""
        return f"2 * {self.illnesses()} or {self.warnings()}"

    def issuer(self) -> str:
        """1 for each target with the issuer of its certificate; one issuer where exporters disagree."""
        return f"topk by (target) (1, max by (target, issuer) ({self.of('certificate_info')}))"

    def probe_age(self) -> str:
        """Seconds since the last probe."""
        return f"time() - max by (target) ({self.of('last_probe_timestamp_seconds')})"

    def overdue(self) -> str:
        """1 for each target whose last probe is older than two intervals and what Prometheus may add."""
        interval = f"max by (target) ({self.of('probe_interval_seconds')})"
        return f"{self.probe_age()} > bool 2 * {interval} + {LOOKBACK_SECONDS}"


def ill(state: str) -> str:
    """1 for each target that is ill, 0 for each other."""
    return f"{state} >= bool {MILDEST_ILLNESS.number}"


def warned(state: str) -> str:
    return f"{state} == bool {WARNING.number}"


def healthy(state: str) -> str:
    return f"{state} <= bool {GOOD.number}"


def with_issuer(value: str, issuer: str) -> str:
    """A value for each target, with the label `issuer`."""
    return f"({value}) * on (target) group_left (issuer) {issuer}"


def or_nothing(reasons: str, known: str) -> str:
    """Values by reason, the largest first; where there are none but there are targets, one zero called nothing."""
    nothing = f'label_replace(0 * count({known}), "reason", "nothing", "", "")'
    nothing = f'label_replace({nothing}, "runbook", "README", "", "")'  # their list
    return f"sort_desc({reasons}) or on () {nothing}"


def targets_by_reason(reasons: str, known: str) -> str:
    """How many targets each reason applies to."""
    return or_nothing(f"count by (reason, runbook) ({reasons})", known)


def failing_scrapes(matchers: str) -> str:
    """How many scrapes of the selected jobs fail: what they would show is not known."""
    return f"sum(up{{{matchers}}} == bool 0)"


def _labels(*more: str) -> str:
    return ", ".join(("target", *more))
