"""Every TLS stack that the exporter is tried against."""

from __future__ import annotations

from tests.compatibility.servers import nginx

STACKS = (nginx.STACK,)
