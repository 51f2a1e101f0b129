"""Coverage-guided fuzzing of the judge and of the TLS client; `python -m fuzz` runs both."""

from __future__ import annotations
