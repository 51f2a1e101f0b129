"""`make bench`: what a probe and a scrape cost, side by side with peers, in one run.

nginx serves an ECDSA P-256 chain with a staple of a delegated responder over TLS 1.3. Every
peer is measured in a window of a few seconds, all by turns, several rounds: a slow minute of
the machine hits all of them. Seconds drift on shared machines: compare figures of one run, as
ratios, and instructions, which repeat.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from bench import bad_hosts, growth, instructions, parts, report
from bench.lab import Lab, laboratory
from bench.measure import Sample
from bench.peers import peers

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
WINDOW_SECONDS = 3.0
PROBE_COLUMNS = {
    "cpu_us": ".0f",
    "cpu_us_lowest": ".0f",
    "cpu_us_highest": ".0f",
    "times_ours": ".2f",
    "per_second": ".0f",
    "p50_ms": ".2f",
    "p99_ms": ".2f",
    "rss_mb": ".0f",
}
RESULTS = Path("bench-results.json")
"""Of the last run, in the working directory."""


def main() -> None:
    for name, value in report.machine().items():
        print(f"{name:8} {value}")
    print(f"{ROUNDS} rounds by turns, each peer pinned to one core, the server and the harness on the other\n")
    wanted = sys.argv[1:] or list(SECTIONS)
    figures: report.Figures = {}
    with laboratory() as lab:
        for name in wanted:
            figures |= SECTIONS[name](lab)
    last = report.read(RESULTS)
    for name, row in report.compare(last, figures).items():
        print(f"since the last run: {name}: " + ", ".join(f"{key} x {value:.2f}" for key, value in row.items()))
    report.write(RESULTS, last | figures)


def _probes(lab: Lab) -> report.Figures:
    figures = report.of_peers(_rounds(lab))
    report.show("one probe", figures, PROBE_COLUMNS)
    for peer in peers():
        print(f"{peer.name}: {peer.does}")
    print()
    return figures


def _instructions(lab: Lab) -> report.Figures:
    figures = instructions.count(lab)
    report.show("user-space instructions per probe", figures, {"millions": ".2f", "times_ours": ".2f"})
    return figures


def _parts(lab: Lab) -> report.Figures:
    figures = parts.measure(lab)
    report.show("parts of this exporter", figures, {"cpu_us": ".0f"})
    return figures


def _growth(lab: Lab) -> report.Figures:
    figures = growth.measure(lab)
    report.show("endpoints of this exporter", figures, growth.COLUMNS)
    return figures


def _bad_hosts(lab: Lab) -> report.Figures:
    figures = bad_hosts.measure(lab)
    report.show("bad hosts", figures, bad_hosts.COLUMNS)
    return figures


SECTIONS: Mapping[str, Callable[[Lab], report.Figures]] = {
    "probes": _probes,
    "instructions": _instructions,
    "parts": _parts,
    "growth": _growth,
    "bad_hosts": _bad_hosts,
}
"""In this order where the command line names none."""


def _rounds(lab: Lab) -> dict[str, list[Sample]]:
    samples: dict[str, list[Sample]] = {}
    with ExitStack() as stack:
        measures = {peer.name: stack.enter_context(peer.enter(lab)) for peer in peers()}
        for _ in range(ROUNDS):
            for name, measure in measures.items():
                samples.setdefault(name, []).append(measure(WINDOW_SECONDS))
    return samples


if __name__ == "__main__":
    main()
