"""Days of an exporter's series, as OpenMetrics text and as Prometheus keeps them.

Each target has lived through spells; the last one is the state that the laboratory's host of that name is in.
"""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ocsp_staple_exporter.lab.process import find_program

HOUR = timedelta(hours=1)

Labels = tuple[tuple[str, str], ...]
Series = tuple[str, Labels]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """What was so from some time before the end of the past."""

    hours: float = 1000
    """Before the end; the first spell begins with the past."""

    status: str | None = "good"
    """That the staple states; None: it is not believed."""

    error: str | None = None
    warning: str | None = None
    stapled: bool = True
    due: bool = True
    probe_error: str | None = None
    refreshed: bool = True
    flapping: bool = False
    """Without a staple for a third of the time."""


WELL = Spell()

PAST: Mapping[str, tuple[Spell, ...]] = {
    "healthy-ecdsa.test": (WELL,),
    "healthy-rsa.test": (WELL, Spell(hours=40, probe_error="connect_timeout"), Spell(hours=38.5)),
    "delegated.test": (WELL,),
    "expiring-soon.test": (
        WELL,
        Spell(hours=95, refreshed=False),
        Spell(hours=46, refreshed=False, warning="refresh_overdue"),
    ),
    "stale.test": (Spell(refreshed=False, error="expired"),),
    "revoked.test": (WELL, Spell(hours=20, status="revoked", error="revoked")),
    "unknown.test": (WELL, Spell(hours=9, status="unknown", error="cert_status_unknown")),
    "no-staple.test": (WELL, Spell(hours=44, flapping=True), Spell(hours=30, stapled=False, warning="no_staple")),
    "must-staple.test": (
        WELL,
        Spell(hours=8, flapping=True),
        Spell(hours=6, stapled=False, error="must_staple_missing"),
    ),
    "try-later.test": (WELL, Spell(hours=13, status=None, error="status_try_later")),
    "bad-signature.test": (WELL, Spell(hours=16, status=None, error="signature_invalid")),
    "renewed.test": (WELL, Spell(hours=11, status=None, error="certid_serial_mismatch")),
    "stranger.test": (WELL, Spell(hours=3, status=None, error="responder_not_issued_by_ca")),
    "no-ocsp-url.test": (Spell(stapled=False, due=False),),
    "closed-port.test": (WELL, Spell(hours=5, probe_error="connect_refused")),
}

TEAMS: Mapping[str, tuple[str, ...]] = {
    "mail": ("no-staple.test", "renewed.test", "stranger.test", "try-later.test"),
    "shop": ("healthy-rsa.test", "must-staple.test", "revoked.test", "stale.test", "unknown.test"),
    "web": (
        "bad-signature.test",
        "closed-port.test",
        "delegated.test",
        "expiring-soon.test",
        "healthy-ecdsa.test",
        "no-ocsp-url.test",
    ),
}
"""A label that somebody gave the targets."""

LIFETIME = timedelta(days=4)
REFRESHED_EVERY = 12 * HOUR


def open_metrics(begin: datetime, end: datetime, step: timedelta, scraped: Labels) -> str:
    """Samples from `begin` to `end`. `scraped`: labels that Prometheus adds, such as job and instance."""
    lines: dict[str, dict[Series, list[str]]] = defaultdict(lambda: defaultdict(list))
    for number in range((end - begin) // step + 1):
        now = begin + number * step
        for (name, labels), value in _samples(now, end, number):
            written = ",".join(f'{label}="{text}"' for label, text in (*scraped, *labels))
            lines[name][name, labels].append(f"{name}{{{written}}} {value:.3f} {now.timestamp():.3f}")
    return "\n".join(line for family in lines.values() for series in family.values() for line in series) + "\n# EOF\n"


def write_blocks(directory: Path, begin: datetime, end: datetime, step: timedelta, scraped: Labels) -> None:
    """Put the past into `directory`/data, where Prometheus will find it. Raises ProgramMissingError."""
    samples = directory / "samples.om"
    samples.write_text(open_metrics(begin, end, step, scraped))
    promtool = find_program("promtool", package="prometheus")
    # By default it reads the samples once for each two hours.
    in_one_go = f"--max-block-duration={(end - begin) // HOUR + 2}h"
    command = [promtool, "tsdb", "create-blocks-from", in_one_go, "openmetrics"]
    subprocess.run([*command, str(samples), str(directory / "data")], check=True, capture_output=True)


def _samples(now: datetime, end: datetime, number: int) -> Iterator[tuple[Series, float]]:
    for target, spells in PAST.items():
        team = next(name for name, targets in TEAMS.items() if target in targets)
        spell = [one for one in spells if end - now <= one.hours * HOUR][-1]
        for name, labels, value in _endpoint(target, spell, now, end, number):
            yield (f"ocsp_staple_{name}", (("target", target), ("team", team), *labels)), value
    for name, labels, value in _exporter(number):
        yield (name, labels), value


def _endpoint(
    target: str, spell: Spell, now: datetime, end: datetime, number: int
) -> Iterator[tuple[str, Labels, float]]:
    yield "last_probe_timestamp_seconds", (), now.timestamp() - 2
    yield "probe_interval_seconds", (), 60
    yield "probe_success", (), spell.probe_error is None
    yield "probe_duration_seconds", (("phase", "resolve"),), 0.002
    yield "probe_duration_seconds", (("phase", "connect"),), 0.010 + number // 40 % 7 / 1000
    if spell.probe_error is not None:
        yield "probe_error", (("reason", spell.probe_error),), 1
        return
    stapled = spell.stapled and not (spell.flapping and number // 20 % 3 == 0)
    yield "probe_duration_seconds", (("phase", "handshake"),), 0.025 + number // 60 % 11 / 500
    yield "probe_duration_seconds", (("phase", "judge"),), 0.001
    yield "present", (), stapled
    yield "expected", (), spell.due
    yield "must_staple", (), target == "must-staple.test"
    yield "handshakes", (("stapled", "true"),), stapled
    yield "handshakes", (("stapled", "false"),), not stapled
    yield "chain_certificates", (("staple", "none"),), 2 - stapled
    yield "chain_certificates", (("staple", "accepted"),), stapled and spell.error is None
    yield "chain_certificates", (("staple", "rejected"),), stapled and spell.error is not None
    yield "certificate_not_after_timestamp_seconds", (), (end + timedelta(days=60)).timestamp()
    yield "certificate_info", (*_NAMES, ("subject", f"CN={target}")), 1
    for status in ("good", "revoked", "unknown"):
        yield "cert_status", (("status", status),), stapled and spell.status == status
    yield from _judged(spell, stapled=stapled)
    if stapled and spell.error != "status_try_later":
        yield from _times(spell, now, end)


def _judged(spell: Spell, *, stapled: bool) -> Iterator[tuple[str, Labels, float]]:
    authentic = spell.error in {None, "revoked", "cert_status_unknown"}
    yield "verified", (), stapled and authentic
    if stapled:
        yield "verification_errors", (), spell.error is not None
    if spell.error:
        yield "verification_error", (("reason", spell.error),), 1
    warning = spell.warning if stapled or not spell.flapping else "no_staple"
    if warning:
        yield "warning", (("reason", warning),), 1


def _times(spell: Spell, now: datetime, end: datetime) -> Iterator[tuple[str, Labels, float]]:
    if spell.error == "expired":
        this = end.timestamp() - timedelta(days=7).total_seconds()
    else:
        period = REFRESHED_EVERY.total_seconds()
        asked = now if spell.refreshed else end - 95 * HOUR
        this = end.timestamp() - 12 * 3600 - (end - asked).total_seconds() // period * period
    yield "this_update_timestamp_seconds", (), this
    yield "produced_at_timestamp_seconds", (), this
    yield "next_update_timestamp_seconds", (), this + LIFETIME.total_seconds()


def _exporter(number: int) -> Iterator[tuple[str, Labels, float]]:
    yield "up", (), 1
    yield "scrape_duration_seconds", (), 0.004 + number // 50 % 5 / 5000
    yield (
        "ocsp_staple_exporter_build_info",
        (("pythonversion", "3.13.1"), ("revision", "made"), ("version", "0.1.0")),
        1,
    )
    yield "ocsp_staple_exporter_config_last_reload_successful", (), not 300 < number < 310
    yield "ocsp_staple_exporter_targets", (), len(PAST)
    yield "ocsp_staple_exporter_endpoints", (), len(PAST)
    yield "ocsp_staple_exporter_discovery_lists_failing", (("source", "file"),), 300 < number < 360
    yield "ocsp_staple_exporter_discovery_lists_failing", (("source", "url"),), 0
    yield "ocsp_staple_exporter_discovery_failures_total", (("source", "file"),), number > 300
    yield "ocsp_staple_exporter_discovery_failures_total", (("source", "url"),), 0
    yield "ocsp_staple_exporter_shard_ordinal", (), 0
    yield "ocsp_staple_exporter_total_shards", (), 1
    yield "ocsp_staple_exporter_unresolved_targets", (), 500 < number < 530
    yield "ocsp_staple_exporter_probes_total", (("result", "success"),), number * 14.0
    yield "ocsp_staple_exporter_probes_total", (("result", "failure"),), number * 1.0
    yield "ocsp_staple_exporter_probes_in_flight", (), 1 + (number % 60 == 0)
    yield "ocsp_staple_exporter_schedule_lag_seconds", (), 0.004 + (2.5 if number % 97 == 0 else 0)
    yield "process_cpu_seconds_total", (), number * 0.3
    yield "process_resident_memory_bytes", (), 74e6 + number // 20 % 50 * 2e4
    yield "process_open_fds", (), 20 + number // 80 % 6
    yield "process_max_fds", (), 20000


_NAMES: Labels = (("fingerprint_sha256", "00" * 32), ("issuer", "CN=Lab Issuing CA"), ("serial_number", "4d2"))
