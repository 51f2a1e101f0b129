"""What a person or Prometheus asks over HTTP."""

from __future__ import annotations
