"""The exporter's own series of the hosts that were checked, as a file for node_exporter's textfile collector."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from ocsp_staple_exporter.check.host import Checked
from ocsp_staple_exporter.exposition import Exposition

INTERVAL = b"# HELP ocsp_staple_probe_interval_seconds "
"""How this family begins. A check has no interval: alerts on late probes would take the module's for it."""


def as_metrics(hosts: Iterable[Checked]) -> Iterator[bytes]:
    """Text format 0.0.4, each family whole."""
    exposition = Exposition()
    for host in sorted(hosts, key=lambda host: host.name):
        exposition.published(host.result, None)
    return (family for family in exposition.families(time.time()) if not family.startswith(INTERVAL))
