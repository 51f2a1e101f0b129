"""How a step of a probe says that it failed."""

from __future__ import annotations

from types import TracebackType

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import PeerError, ProbeFailure, Proxy

OF_A_PROXY = {
    ProbeFailure.RESOLVE_FAILED: ProbeFailure.PROXY_UNREACHABLE,
    ProbeFailure.CONNECT_REFUSED: ProbeFailure.PROXY_UNREACHABLE,
    ProbeFailure.CONNECT_FAILED: ProbeFailure.PROXY_UNREACHABLE,
    ProbeFailure.CONNECTION_CLOSED: ProbeFailure.PROXY_REFUSED,
    ProbeFailure.CONNECTION_RESET: ProbeFailure.PROXY_REFUSED,
    ProbeFailure.TOO_MUCH_DATA: ProbeFailure.PROXY_MALFORMED,
}
"""What a failure is called where the other side is a proxy."""

HUNG_UP = "it closed the connection instead of an answer"
"""Without what it had said until then: that may be our password."""


class PhaseError(PeerError):
    """The network, not the bytes that came over it, ends the probe."""


class blaming:  # noqa: N801 -- a context manager, named like a function; every probe enters some of them
    """What fails within is the proxy's failure, where there is one."""

    __slots__ = ("_proxy",)

    def __init__(self, proxy: Proxy | None) -> None:
        self._proxy = proxy

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._proxy is None or not isinstance(error, PeerError):
            return
        detail = HUNG_UP if error.reason is ProbeFailure.CONNECTION_CLOSED else error.detail
        reason = OF_A_PROXY.get(error.reason, error.reason)
        raise PhaseError(reason, f"{the_proxy(self._proxy)}: {detail}") from error


def the_proxy(proxy: Proxy) -> str:
    return f"the proxy {printable(str(proxy))}"


def explain(error: OSError) -> str:
    """What the system says of it, safe to show."""
    return printable(error.strerror or str(error) or type(error).__name__)


def forget_frames(error: BaseException) -> None:
    """For an error that was told and goes no further, with those that led to it.

    The frames of a traceback hold what holds the error. Such a cycle lasts until all garbage is collected, which is
    once a day (collecting.py).
    """
    known: list[BaseException] = [error]
    for one in known:
        one.__traceback__ = None
        known += [other for other in (one.__cause__, one.__context__) if other is not None and other not in known]
