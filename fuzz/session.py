"""One run of atheris: where its inputs lie and when it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import atheris

from fuzz.corpus import write

DIRECTORY = Path(os.environ.get("FUZZ_DIRECTORY", ".fuzz"))

LONGEST_INPUT = 16_384
LONGEST_RUN = 10
"""Seconds for one input; more is a failure."""

MOST_MEMORY = 2048
"""MB; more is a failure."""

Mutator = Callable[[bytes, int, int], bytes]


def prepare(name: str, seeds: Iterator[tuple[str, bytes]]) -> Path:
    """The fuzzer's directory, with `seeds`, `corpus` (what led somewhere new) and `failures` in it."""
    home = DIRECTORY / name
    write(seeds, home / "seeds")
    for folder in ("corpus", "failures"):
        (home / folder).mkdir(exist_ok=True)
    return home


def fuzz(home: Path, test: Callable[[bytes], None], mutator: Mutator | None = None) -> None:
    """Fuzz for FUZZ_SECONDS, or try the inputs named on the command line. Ends the process."""
    options = [
        f"-max_total_time={os.environ.get('FUZZ_SECONDS', '300')}",
        f"-max_len={LONGEST_INPUT}",
        f"-timeout={LONGEST_RUN}",
        f"-rss_limit_mb={MOST_MEMORY}",
        f"-artifact_prefix={home / 'failures'}{os.sep}",
        "-len_control=0",
        "-print_final_stats=1",
    ]
    inputs = sys.argv[1:] or [str(home / "corpus"), str(home / "seeds")]
    hooks = {"custom_mutator": mutator} if mutator else {}
    atheris.Setup([sys.argv[0], *options, *inputs], test, **hooks)
    atheris.Fuzz()
