"""The exporter's own series of the hosts that were checked, as a file for node_exporter's textfile collector."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from ocsp_staple_exporter.check.host import Checked
from ocsp_staple_exporter.exposition import Exposition

INTERVAL = re.compile(rb"(?m)^(# (HELP|TYPE) )?ocsp_staple_probe_interval_seconds[ {].*\n")
"""The lines of this family. A check has no interval: alerts on late probes would take the module's for it."""


def as_metrics(hosts: Iterable[Checked]) -> bytes:
    """Text format 0.0.4."""
    exposition = Exposition()
    for host in sorted(hosts, key=lambda host: host.name):
        exposition.published(host.result, None)
    return INTERVAL.sub(b"", b"".join(exposition.families(time.time())))
