"""What an exporter shows, minute by minute, and what Prometheus makes of it by our rules.

A Story is written down as a file for `promtool test rules`, which replays it in no time.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import yaml

from ocsp_staple_exporter.lab.process import find_program
from ocsp_staple_exporter.lab.prometheus import PACKAGE

ROOT = Path(__file__).parents[2]
RULES = ROOT / "dashboards" / "rules.yaml"
MINUTE = 60

Scrape = Mapping[str, float]
"""Series in PromQL's notation, and what they show at one moment."""

Scrapes = Callable[[int], Scrape]
"""What Prometheus gets at a time, in seconds."""


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """With a collector of garbage that runs seldom, which takes a fifth off the time of a story."""
    program = find_program("promtool", package=PACKAGE)
    environment = {**os.environ, "GOGC": "400"}
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False, env=environment)


@dataclass(frozen=True, kw_only=True)
class Host:
    """A watched host as the exporter last saw it; by default sound. Times are seconds of the story."""

    stapled: bool = True
    handshakes: tuple[int, int] | None = None
    """With and without a staple; None: one handshake."""

    expected: bool = True
    must_staple: bool = False
    status: str | None = "good"
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    this_update: int | None = -2 * 86400
    next_update: int | None = 5 * 86400
    responder_ends: int = 90 * 86400
    certificate_ends: int = 90 * 86400
    revoked_at: int | None = None
    probe_error: str | None = None
    last_probe: int | None = None
    """None: in this very second."""

    labels: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, now: int) -> dict[tuple[str, str], float]:
        """Samples by name, without the prefix, and by labels beside those of the endpoint."""
        samples: dict[tuple[str, str], float] = {
            ("probe_success", ""): self.probe_error is None,
            ("last_probe_timestamp_seconds", ""): now if self.last_probe is None else self.last_probe,
            ("probe_interval_seconds", ""): 60,
        }
        if self.probe_error is not None:
            return samples | {("probe_error", f'reason="{self.probe_error}"'): 1}
        return samples | self._handshake() | (self._staple() if self.stapled else {})

    def _handshake(self) -> dict[tuple[str, str], float]:
        came, not_came = self.handshakes or (int(self.stapled), int(not self.stapled))
        samples: dict[tuple[str, str], float] = {
            ("present", ""): self.stapled,
            ("expected", ""): self.expected,
            ("must_staple", ""): self.must_staple,
            ("handshakes", 'stapled="true"'): came,
            ("handshakes", 'stapled="false"'): not_came,
            ("verified", ""): self.stapled and not self.errors,
            ("certificate_not_after_timestamp_seconds", ""): self.certificate_ends,
        }
        stated = self.status if self.stapled else None
        samples |= {
            ("cert_status", f'status="{status}"'): status == stated for status in ("good", "revoked", "unknown")
        }
        samples |= {("verification_error", f'reason="{reason}"'): 1 for reason in self.errors}
        return samples | {("warning", f'reason="{reason}"'): 1 for reason in self.warnings}

    def _staple(self) -> dict[tuple[str, str], float]:
        times = {
            ("this_update_timestamp_seconds", ""): self.this_update,
            ("next_update_timestamp_seconds", ""): self.next_update,
            ("responder_certificate_not_after_timestamp_seconds", ""): self.responder_ends,
            ("revocation_timestamp_seconds", ""): self.revoked_at,
        }
        stated = {key: float(time) for key, time in times.items() if time is not None}
        return {("verification_errors", ""): len(self.errors), **stated}


SOUND = Host()
WITHOUT_STAPLE = Host(stapled=False, warnings=("no_staple",))
MUST_STAPLE = Host(must_staple=True)
MUST_STAPLE_WITHOUT = Host(must_staple=True, stapled=False, errors=("must_staple_missing",))
REVOKED = Host(status="revoked", errors=("revoked",), revoked_at=-3600)
UNREACHABLE = Host(probe_error="connect_refused")
WWW = "www.example.org:443"


def stale(ended: int = 0) -> Host:
    return replace(SOUND, errors=("expired",), next_update=ended)


def exporter(
    hosts: Mapping[str, Host],
    *,
    job: str = "ocsp-staple",
    instance: str = "exporter:10627",
    waiting: int = 0,
    own: Scrape | None = None,
) -> Scrapes:
    """A scrape of /metrics, for a list of targets; `waiting`: endpoints without a result yet."""

    def scrape(now: int) -> Scrape:
        at = f'job="{job}",instance="{instance}"'
        total = len(hosts) + waiting
        series: dict[str, float] = {
            f"up{{{at}}}": 1,
            f'ocsp_staple_exporter_build_info{{{at},version="1.0.0"}}': 1,
            f"ocsp_staple_exporter_targets{{{at}}}": total,
            f"ocsp_staple_exporter_endpoints{{{at}}}": total,
            f"ocsp_staple_exporter_config_last_reload_successful{{{at}}}": 1,
            f"ocsp_staple_exporter_config_last_reload_success_timestamp_seconds{{{at}}}": max(now - 600, 0),
        }
        series |= {f"{name}{{{at}}}": value for name, value in (own or {}).items()}
        return series | _of_hosts(hosts, now, lambda target: f'{at},target="{target}"')

    return scrape


def probe_job(hosts: Mapping[str, Host | None], *, job: str = "ocsp-staple-probe") -> Scrapes:
    """Scrapes of /probe, one for each target; None: this one fails."""

    def labels(target: str) -> str:
        return f'job="{job}",instance="{target}",target="{target}"'

    def scrape(now: int) -> Scrape:
        answering = {target: host for target, host in hosts.items() if host is not None}
        series = {f"up{{{labels(target)}}}": float(target in answering) for target in hosts}
        return series | _of_hosts(answering, now, labels)

    return scrape


def _of_hosts(hosts: Mapping[str, Host], now: int, labels: Callable[[str], str]) -> dict[str, float]:
    series: dict[str, float] = {}
    for target, host in hosts.items():
        common = "".join(f',{name}="{value}"' for name, value in host.labels.items())
        for (name, own), value in host(now).items():
            matchers = labels(target) + common + ("," + own if own else "")
            series[f"ocsp_staple_{name}{{{matchers}}}"] = float(value)
    return series


def down(*, job: str = "ocsp-staple", instance: str = "exporter:10627") -> Scrapes:
    """An exporter that does not answer: Prometheus knows only that."""
    return lambda _now: {f'up{{job="{job}",instance="{instance}"}}': 0}


def gone(_now: int) -> Scrape:
    """Nothing: Prometheus scrapes no such target."""
    return {}


class Story:
    """Phases of minutes, one after the other, and what is expected at their times."""

    def __init__(self, directory: Path, rules: Path = RULES) -> None:
        self._directory = directory
        self._rules = rules
        self._minutes: list[Scrape] = []
        self._expressions: list[dict[str, Any]] = []
        self._alerts: list[dict[str, Any]] = []

    @property
    def now(self) -> int:
        """The time of the next minute, in seconds."""
        return len(self._minutes) * MINUTE

    def during(self, minutes: int, *scrapes: Scrapes) -> Self:
        for _ in range(minutes):
            self._minutes.append({name: value for scrape in scrapes for name, value in scrape(self.now).items()})
        return self

    def firing(self, *alerts: str) -> Self:
        """In the last minute so far these fire and no others, each as `name severity target`."""
        return self.shows('sum by (alertname, severity, target) (ALERTS{alertstate="firing"})', map(_alert, alerts))

    def shows(self, expression: str, samples: Any) -> Self:
        self._expressions.append(
            {"expr": expression, "eval_time": f"{len(self._minutes) - 1}m", "exp_samples": list(samples)}
        )
        return self

    def says(self, name: str, labels: Mapping[str, str], annotations: Mapping[str, str]) -> Self:
        """In the last minute so far this one alert of its name fires, with these words."""
        self._alerts.append(
            {
                "eval_time": f"{len(self._minutes) - 1}m",
                "alertname": name,
                "exp_alerts": [{"exp_labels": dict(labels), "exp_annotations": dict(annotations)}],
            }
        )
        return self

    def holds(self) -> None:
        """Replay it. Raises AssertionError with promtool's words where it goes otherwise."""
        test = {
            "interval": "1m",
            "input_series": [{"series": name, "values": self._values(name)} for name in self._names()],
            "promql_expr_test": self._expressions,
            "alert_rule_test": self._alerts,
        }
        document = {
            "rule_files": [str(self._rules)],
            "evaluation_interval": "1m",
            "group_eval_order": ["ocsp-staple.rules", "ocsp-staple.alerts"],  # else as chance has it
            "tests": [test],
        }
        path = self._directory / "story.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
        result = promtool("test", "rules", path)
        assert result.returncode == 0, result.stdout + result.stderr

    def _names(self) -> Sequence[str]:
        return list(dict.fromkeys(name for minute in self._minutes for name in minute))

    def _values(self, name: str) -> str:
        """promtool's notation; a series that a scrape lacks has become stale."""
        values, before = [], False
        for minute in self._minutes:
            values.append(repr(float(minute[name])) if name in minute else "stale" if before else "_")
            before = name in minute
        return " ".join(values)


def _alert(text: str) -> dict[str, Any]:
    name, severity, *target = text.split(maxsplit=2)
    labels = {"alertname": name, "severity": severity} | ({"target": target[0]} if target else {})
    inside = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return {"labels": f"{{{inside}}}", "value": 1}
