"""Which targets the dashboard Fleet shows."""

from __future__ import annotations

from dashboards.generate.promql import Endpoints

SHOWN = Endpoints('job=~"$job",target=~"$target",$label=~"$value"')

STATE = SHOWN.state()

THIS_TARGET = "${__value.raw:percentencode}"
"""In a link of a table's cell: the target that the cell names."""

THIS_SERIES = "${__field.labels.target:percentencode}"
"""In a link of a series: its target."""
