"""`make bench`: CPU per probe of the whole exporter, and of its parts, against nginx on loopback.

nginx serves an ECDSA P-256 chain with a staple of a delegated responder over TLS 1.3. The
exporter runs as its users run it, as a process with a configuration file, with all results
published; its CPU time and number of probes are read from its own /metrics. The parts, and
a loop over pyOpenSSL for comparison, are measured in this process by turns with it. Seconds
drift on shared machines: compare figures of one run, as ratios.
"""

from __future__ import annotations

import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from bench.exporter import cpu_of_exporter
from bench.parts import Lab, parts
from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.nginx import StapleFile, VirtualHost, nginx
from ocsp_staple_exporter.lab.staples import staple

ROUNDS = 5
SERVER_NAME = "bench.test"

Measure = Callable[[], float]
"""Measures once: microseconds of CPU for one operation."""


def main() -> None:
    with TemporaryDirectory() as name:
        directory = Path(name)
        now = datetime.now(UTC)
        root = Authority.root(now=now)
        issuer = root.issue_authority()
        leaf = issuer.issue_leaf(SERVER_NAME, ocsp_urls=["http://ocsp.bench.test/"])
        der = staple(leaf, issuer, now=now, responder=issuer.issue_responder())
        (directory / "roots.pem").write_bytes(root.certificate_pem)
        host = VirtualHost(server_name=SERVER_NAME, identities=(leaf,), stapling=StapleFile(der))
        with nginx([host], directory) as server:
            lab = Lab(server.port, SERVER_NAME, root, issuer, leaf, der)
            with cpu_of_exporter(directory, server.port, SERVER_NAME) as whole:
                report(rounds({"exporter: one probe, published": whole, **parts(lab)}))


def rounds(measures: Mapping[str, Measure]) -> Mapping[str, Sequence[float]]:
    """All measures by turns, so that a slow minute of the machine hits all of them."""
    figures: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(ROUNDS):
        for name, measure in measures.items():
            figures[name].append(measure())
    return figures


def report(figures: Mapping[str, Sequence[float]]) -> None:
    whole = statistics.median(next(iter(figures.values())))
    table = Table("CPU microseconds", "median", "lowest", "highest", "ratio", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, values in figures.items():
        median = statistics.median(values)
        row = (f"{median:.0f}", f"{min(values):.0f}", f"{max(values):.0f}", f"{median / whole:.2f}")
        table.add_row(name, *row)
    console = Console()
    console.print(f"{platform.python_implementation()} {platform.python_version()}, {ROUNDS} rounds\n")
    console.print(table)


if __name__ == "__main__":
    main()
