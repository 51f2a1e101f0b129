"""How long a list of a hundred thousand targets takes to come into force, and how long it holds up everything else.

    python -m bench.lists [COUNT]

Seconds are of one core (CPU), beside them those of the clock. "Longest stop" is the longest time, in CPU of
this process, that the event loop, which serves scrapes and probes, had to wait meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ocsp_staple_exporter.collecting import spare_collections
from ocsp_staple_exporter.config.lists import TargetLists
from ocsp_staple_exporter.discovery import Discovery, Terms, Wanted
from ocsp_staple_exporter.logs import configure_logging
from ocsp_staple_exporter.model import Change, Endpoint, Module, ProbeResult
from ocsp_staple_exporter.resolver import Resolver
from ocsp_staple_exporter.results import Results
from ocsp_staple_exporter.schedule import Schedule
from ocsp_staple_exporter.watchlist import WatchList


def json_one_group(count: int) -> str:
    return json.dumps([{"targets": [f"host{number}.example.com:443" for number in range(count)]}])


def json_many_groups(count: int) -> str:
    labels = [{"team": f"team-{number % 50}", "tier": "1"} for number in range(count)]
    return json.dumps([{"targets": [f"host{n}.example.com:443"], "labels": labels[n]} for n in range(count)])


def yaml_one_group(count: int) -> str:
    return "- targets:\n" + "".join(f"  - host{number}.example.com:443\n" for number in range(count))


def yaml_many_groups(count: int) -> str:
    return "".join(
        f"- targets: [host{number}.example.com:443]\n  labels:\n    team: team-{number % 50}\n    tier: 1\n"
        for number in range(count)
    )


KINDS: dict[str, tuple[str, Callable[[int], str]]] = {
    "JSON, one group": ("a.json", json_one_group),
    "JSON, a group for each, with labels": ("b.json", json_many_groups),
    "YAML, one group": ("c.yaml", yaml_one_group),
    "YAML, a group for each, with labels": ("d.yaml", yaml_many_groups),
}


async def never(_endpoint: Endpoint, **_: object) -> ProbeResult:
    raise await asyncio.Event().wait()  # type: ignore[misc]


async def measure(file: Path) -> tuple[float, float, float]:
    """CPU seconds, seconds by the clock, and the longest stop in seconds."""
    results = Results()
    schedule = Schedule((), never, results.publish, probes_in_flight=1)

    def changed(change: Change[Endpoint]) -> None:
        results.change(change)
        schedule.change(change)

    watch_list = WatchList(changed, Resolver().resolve)
    wanted = Wanted(lists=TargetLists(files=(file,)), terms=Terms({"default": Module()}))
    discovery = Discovery(wanted, watch_list.change, now=lambda: datetime.now(UTC))
    running = [asyncio.create_task(schedule.run()), asyncio.create_task(spare_collections())]
    await asyncio.sleep(0)
    cpu, clock, longest = time.process_time(), time.perf_counter(), 0.0
    running.append(asyncio.create_task(discovery.run()))
    while not discovery.every_list_was_tried:
        before = time.process_time()
        await asyncio.sleep(0.001)
        longest = max(longest, time.process_time() - before)
    cpu, clock = time.process_time() - cpu, time.perf_counter() - clock
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    return cpu, clock, longest


def main() -> None:
    configure_logging("error", "logfmt", sys.stderr)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(f"{count} targets{'':31} {'MB':>6} {'CPU s':>6} {'clock s':>8} {'longest stop ms':>16}")
    with tempfile.TemporaryDirectory() as directory:
        for kind, (name, text) in KINDS.items():
            file = Path(directory, name)
            file.write_text(text(count), encoding="utf-8")
            cpu, clock, longest = asyncio.run(measure(file))
            size = file.stat().st_size / 1e6
            print(f"{kind:45} {size:6.1f} {cpu:6.2f} {clock:8.2f} {longest * 1000:16.1f}")


if __name__ == "__main__":
    main()
