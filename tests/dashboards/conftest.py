from __future__ import annotations

from tests.real_servers.conftest import needs_prometheus

__all__ = ["needs_prometheus"]
