"""All dashboards, by the names of their files."""

from __future__ import annotations

from dashboards.generate.endpoint import endpoint
from dashboards.generate.exporter import exporter
from dashboards.generate.fleet import fleet

BOARDS = {f"{board.uid}.json": board for board in (fleet(), endpoint(), exporter())}
