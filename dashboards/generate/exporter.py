"""The dashboard about the exporter itself: does it keep up, and is what it says current."""

from __future__ import annotations

from collections.abc import Iterator

from dashboards.generate import promql, variables
from dashboards.generate.board import AnyPanel, Board, Section
from dashboards.generate.looks import NONE_IS_GOOD, Steps, texts, to_endpoint
from dashboards.generate.panels import (
    Column,
    Place,
    bars,
    coloured,
    grid,
    leading_to,
    lines,
    measured,
    now,
    number,
    over_time,
    paint,
    rows,
    stacked,
    worded,
)

MATCHERS = 'job=~"$job",instance=~"$instance"'
SHOWN = promql.Endpoints(MATCHERS)
"""With /probe the series of the endpoints carry the target as `instance`: they show while all instances are chosen."""

LAG: Steps = [(None, "green"), (5, "yellow"), (30, "red")]
SHARE_FAILING: Steps = [(None, "green"), (0.05, "yellow"), (0.25, "red")]


def exporter() -> Board:
    return Board(
        uid="ocsp-staple-exporter",
        title="OCSP stapling / Exporter",
        description="The OCSP staple exporter itself: whether it keeps up, how long probes take, what it uses.",
        variables=[
            variables.datasource(),
            variables.job('{__name__=~"ocsp_staple_exporter_build_info|ocsp_staple_probe_success"}'),
            variables.instances(),
            variables.exporter(),
        ],
        sections=[
            Section([*_at_a_glance(), _exporters(), *_probing()]),
            Section(list(_durations()), 50, "Durations and errors"),
            Section(list(_lists_and_shards()), 70, "Lists and shards"),
            Section(list(_resources()), 60, "Resources"),
        ],
    )


def _own(name: str, *more: str) -> str:
    return SHOWN.of(f"exporter_{name}", *more)


def _process(name: str) -> str:
    return f"process_{name}{{{MATCHERS}}}"


def _up() -> str:
    """Whether each exporter answers, also those that stopped within the dashboard's time."""
    return f"up{{{MATCHERS}}} and on (job, instance) last_over_time({_own('build_info')}[$__range])"


def _rate(counter: str, by: str) -> str:
    return f"sum by ({by}) (rate({counter}[$__rate_interval]))"


def _at_a_glance() -> Iterator[AnyPanel]:
    yield number(
        Place(1, "Exporters down", "That answered within the dashboard's time and do not now.", 3, 4),
        now((f"sum(({_up()}) == bool 0)", "")),
        steps=NONE_IS_GOOD,
    )
    yield number(
        Place(
            2, "Configuration", "Whether the last attempt to load it succeeded, of the exporter that fares worst.", 4, 4
        ),
        now((f"min({_own('config_last_reload_successful')})", "")),
        unit="none",
        mappings=texts({1: ("loaded", "green"), 0: ("rejected", "red")}),
    )
    yield number(
        Place(3, "Targets", "That the configurations and their lists name.", 3, 4),
        now((f"sum({_own('targets')})", "")),
    )
    yield number(
        Place(4, "Endpoints", "That are probed on the exporters' own timer. Those of /probe do not count.", 3, 4),
        now((f"sum({_own('endpoints')})", "")),
    )
    yield number(
        Place(5, "Probes start late by", "The largest lag of the last one to two minutes.", 4, 4),
        now((f"max({_own('schedule_lag_seconds')})", "")),
        unit="s",
        steps=LAG,
    )
    yield number(
        Place(6, "Probes failing", "Share of the targets that no handshake was read from.", 4, 4),
        now((f"1 - avg({SHOWN.of('probe_success')})", "")),
        unit="percentunit",
        steps=SHARE_FAILING,
    )
    yield number(
        Place(7, "Results overdue", "Targets whose last probe is older than two intervals and five minutes.", 3, 4),
        now((f"sum({SHOWN.overdue()})", "")),
        steps=NONE_IS_GOOD,
    )


def _exporters() -> AnyPanel:
    return grid(
        Place(10, "Exporters", "Each exporter, also those that stopped within the dashboard's time.", 24, 6),
        rows(
            f"min by (instance) ({_up()})",
            f"max by (instance, version, revision, pythonversion) ({_own('build_info')})",
            f"sum by (instance) ({_own('targets')})",
            f"min by (instance) ({_own('config_last_reload_successful')})",
            f"time() - max by (instance) ({_own('config_last_reload_success_timestamp_seconds')})",
            f"time() - max by (instance) ({_process('start_time_seconds')})",
            f"max by (instance) ({_own('schedule_lag_seconds')})",
            f"max by (instance) ({_process('resident_memory_bytes')})",
        ),
        {
            "instance": Column("Instance"),
            "Value #A": Column("Answers", 90, worded(texts({1: ("yes", "green"), 0: ("no", "red")}))),
            "version": Column("Version", 100),
            "revision": Column("Revision", 120),
            "pythonversion": Column("Python", 90),
            "Value #C": Column("Targets", 90),
            "Value #D": Column("Configuration", 120, worded(texts({1: ("loaded", "green"), 0: ("rejected", "red")}))),
            "Value #E": Column("Loaded", 120, measured("s")),
            "Value #F": Column("Uptime", 120, measured("s")),
            "Value #G": Column("Lag", 110, coloured("s", LAG)),
            "Value #H": Column("Memory", 110, measured("bytes")),
        },
        key="instance",
        sort=[("Answers", False), ("Instance", False)],
    )


def _probing() -> Iterator[AnyPanel]:
    probes = lines(
        Place(11, "Probes by result", "Probes that ended, per second.", 10),
        over_time((_rate(_own("probes_total"), "result"), "{{result}}")),
        unit="ops",
    )
    yield paint(stacked(probes), {"success": "green", "failure": "red"})
    yield lines(
        Place(
            12,
            "Lag",
            "How late probes start. Above some seconds: too few probes may be in flight, or too many wait.",
            7,
        ),
        over_time((f"max by (instance) ({_own('schedule_lag_seconds')})", "{{instance}}")),
        unit="s",
    ).min(0)
    yield lines(
        Place(13, "Probes in flight", "Under way at the time of the scrape.", 7),
        over_time((f"sum by (instance) ({_own('probes_in_flight')})", "{{instance}}")),
    ).min(0)


def _durations() -> Iterator[AnyPanel]:
    duration = SHOWN.of("probe_duration_seconds")
    yield lines(
        Place(
            20,
            "Duration by phase",
            "Over all endpoints, of their last probes: half of them are quicker than p50, 99 % are quicker than p99.",
            10,
        ),
        over_time(
            (f"quantile by (phase) (0.5, {duration})", "{{phase}} p50"),
            (f"quantile by (phase) (0.99, {duration})", "{{phase}} p99"),
        ),
        unit="s",
    ).min(0)
    failures = lines(
        Place(21, "Failing targets, by reason", "Targets that no handshake was read from.", 7),
        over_time((f"count by (reason) ({SHOWN.of('probe_error')})", "{{reason}}")),
    )
    yield stacked(failures)
    slowest = bars(
        Place(22, "Slowest targets", "The ten whose last probe took longest, all phases together.", 7),
        now((f"sort_desc(topk(10, sum by (target) ({duration})))", "{{target}}")),
        unit="s",
        steps=[(None, "blue"), (2, "yellow"), (5, "red")],
    )
    yield slowest.override_by_regexp("/.*/", [leading_to(to_endpoint("${__field.labels.target:percentencode}"))])


def _lists_and_shards() -> Iterator[AnyPanel]:
    yield number(
        Place(40, "Lists not read", "Lists of targets that go on as they were last read, since that failed.", 4),
        now((f"sum({_own('discovery_lists_failing')})", "")),
        steps=NONE_IS_GOOD,
    )
    yield number(
        Place(41, "Shards missing", "Parts of the targets that have no exporter, of all jobs together.", 4),
        now((f"sum({_shards()} - {_present()})", "")),
        steps=NONE_IS_GOOD,
    )
    yield number(
        Place(
            44,
            "Names not resolved",
            "Targets with addresses: all whose names lead nowhere; they are not probed.",
            4,
        ),
        now((f"sum({_own('unresolved_targets')})", "")),
        steps=NONE_IS_GOOD,
    )
    yield lines(
        Place(42, "Failures to read a list", "Failed attempts per hour, by where the list comes from.", 6),
        over_time(
            (f"sum by (source) (3600 * rate({_own('discovery_failures_total')}[$__rate_interval]))", "{{source}}")
        ),
    ).min(0)
    yield lines(
        Place(43, "Targets by exporter", "That each exporter watches. Shards of one list have about as many each.", 6),
        over_time((f"sum by (instance) ({_own('targets')})", "{{instance}}")),
    ).min(0)


def _shards() -> str:
    return f"max by (job) ({_own('total_shards')})"


def _present() -> str:
    return f'count by (job) (count_values by (job) ("ordinal", {_own("shard_ordinal")}))'


def _resources() -> Iterator[AnyPanel]:
    yield lines(
        Place(30, "CPU", "Seconds of CPU per second; an exporter cannot use more than 1.", 6),
        over_time((_rate(_process("cpu_seconds_total"), "instance"), "{{instance}}")),
        unit="none",
    ).min(0)
    yield lines(
        Place(31, "Memory", "Resident set size.", 6),
        over_time((f"max by (instance) ({_process('resident_memory_bytes')})", "{{instance}}")),
        unit="bytes",
    ).min(0)
    yield lines(
        Place(32, "File descriptors", "Part of the limit in use: each probe in flight takes one.", 6),
        over_time((f"max by (instance) ({_process('open_fds')} / {_process('max_fds')})", "{{instance}}")),
        unit="percentunit",
    ).min(0)
    yield lines(
        Place(33, "Scrape duration", "The slowest scrape of each job. With /probe this is the probe itself.", 6),
        over_time((f"max by (job) (scrape_duration_seconds{{{MATCHERS}}})", "{{job}}")),
        unit="s",
    ).min(0)
