"""What a monitoring plugin prints: a line of status with performance data, then a line for each ill host."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ocsp_staple_exporter.check.grade import Grade
from ocsp_staple_exporter.check.host import Checked
from ocsp_staple_exporter.check.host_text import headline_of
from ocsp_staple_exporter.check.nagios_status import CRITICAL, OK, SERVICE, UNKNOWN, WARNING, WORDS, harmless
from ocsp_staple_exporter.model import ProbeError, ProbeFailure

LARGEST = 8_000
"""Bytes. Nagios reads 8192 and drops the rest."""

STATUSES = {
    Grade.GOOD: OK,
    Grade.WARNINGS: WARNING,
    Grade.UNREACHABLE: CRITICAL,
    Grade.ERRORS: CRITICAL,
    Grade.REVOKED: CRITICAL,
    Grade.UNKNOWN: CRITICAL,
}

_URGENCY = (OK, UNKNOWN, WARNING, CRITICAL)
"""Which of several statuses stands for all, the last above the others."""


def status_of(host: Checked) -> int:
    if isinstance(host.result.outcome, ProbeError) and host.result.outcome.reason is ProbeFailure.INTERNAL_ERROR:
        return UNKNOWN
    return STATUSES[host.grade]


def status_of_all(hosts: Sequence[Checked]) -> int:
    return max(map(status_of, hosts), key=_URGENCY.index, default=UNKNOWN)


def as_plugin_output(hosts: Sequence[Checked]) -> Iterator[bytes]:
    """`hosts`: the worst first."""
    first = _first_line(hosts)
    yield first
    left = LARGEST - len(first)
    ill = [host for host in hosts if status_of(host) is not OK] if len(hosts) > 1 else []
    for number, host in enumerate(ill):
        line = f"{WORDS[status_of(host)]}: {_story(host)}\n".encode()
        left -= len(line)
        if left < 0:
            yield f"and {len(ill) - number} more\n".encode()
            return
        yield line


def _first_line(hosts: Sequence[Checked]) -> bytes:
    status = WORDS[status_of_all(hosts)]
    match hosts:
        case []:
            return f"{SERVICE} {status}: no host was checked\n".encode()
        case [host]:
            return f"{SERVICE} {status}: {_story(host)} | {' '.join(_performance_of(host))}\n".encode()
    good = sum(status_of(host) is OK for host in hosts)
    story = f"{good} of {len(hosts)} hosts are good"
    if good < len(hosts):
        story = f"{len(hosts) - good} of {len(hosts)} hosts are ill, the worst is {_story(hosts[0])}"
    return f"{SERVICE} {status}: {story} | {' '.join(_performance_of_all(hosts))}\n".encode()


def _story(host: Checked) -> str:
    return harmless(f"{host.name}: {headline_of(host)}")


def _performance_of(host: Checked) -> Iterator[str]:
    """`label=value[unit];[warning];[critical];[least];[most]`; `0:` is below 0."""
    left = _seconds_left(host)
    if left is not None:
        yield f"time_left={left:.0f}s;;0:"
    yield f"duration={sum(host.result.durations.values()):.6f}s;;;0"


def _performance_of_all(hosts: Sequence[Checked]) -> Iterator[str]:
    counts = Counter(map(status_of, hosts))
    for status, word in WORDS.items():
        yield f"{word.lower()}={counts[status]};;;0;{len(hosts)}"
    left = [seconds for host in hosts if (seconds := _seconds_left(host)) is not None]
    if left:
        yield f"least_time_left={min(left):.0f}s;;0:"


def _seconds_left(host: Checked) -> float | None:
    if host.observation is None or host.verdict is None or host.verdict.next_update is None:
        return None
    return (host.verdict.next_update - host.observation.judged_at).total_seconds()
