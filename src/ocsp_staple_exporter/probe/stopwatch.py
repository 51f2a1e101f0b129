"""Which step a probe is at, how long the steps took, and what it means if time runs out now."""

from __future__ import annotations

from time import perf_counter

from ocsp_staple_exporter.model import Phase, ProbeFailure

TIMED_OUT = {
    Phase.RESOLVE: ProbeFailure.RESOLVE_TIMEOUT,
    Phase.CONNECT: ProbeFailure.CONNECT_TIMEOUT,
    Phase.PROXY: ProbeFailure.PROXY_TIMEOUT,
    Phase.STARTTLS: ProbeFailure.STARTTLS_TIMEOUT,
    Phase.HANDSHAKE: ProbeFailure.HANDSHAKE_TIMEOUT,
    Phase.JUDGE: ProbeFailure.HANDSHAKE_TIMEOUT,
    Phase.WAIT: ProbeFailure.HANDSHAKE_TIMEOUT,
}


class Stopwatch:
    """Seconds per phase, all its turns together; the phase that fails keeps what it took until then."""

    def __init__(self) -> None:
        self.seconds: dict[Phase, float] = {}
        self.timed_out = TIMED_OUT[Phase.RESOLVE]
        """The failure if the deadline passes in this step."""

        self._phase = Phase.RESOLVE
        self._began = perf_counter()

    def begin(self, phase: Phase, timed_out: ProbeFailure | None = None) -> None:
        """End the current step and begin the next, which may be of the same phase."""
        self.end()
        self._phase = phase
        self.timed_out = timed_out or TIMED_OUT[phase]

    def end(self) -> None:
        now = perf_counter()
        self.seconds[self._phase] = self.seconds.get(self._phase, 0.0) + now - self._began
        self._began = now
