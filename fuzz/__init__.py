"""Coverage-guided fuzzing of the judge, the TLS client and the dialogues before TLS; `python -m fuzz` runs all."""

from __future__ import annotations
