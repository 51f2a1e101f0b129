"""Makes the Grafana dashboards: `python -m dashboards.generate` writes them beside this package.

Development only. The JSON files are committed, and a test holds them against this code.
"""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # It prefers the newest model, of Grafana 13. We stay with the classic one, which every Grafana takes.
    warnings.simplefilter("ignore", DeprecationWarning)
    import grafana_foundation_sdk.builders.dashboard
    import grafana_foundation_sdk.builders.stat

__all__ = ["grafana_foundation_sdk"]
