from __future__ import annotations

from tests.rules.conftest import needs_promtool

__all__ = ["needs_promtool"]
