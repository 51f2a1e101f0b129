"""Python clients in a loop, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.lab import Lab
from bench.measure import Sample
from bench.peers.openssl import arguments, sample_of

TREE = Path(__file__).parents[2]
SSLYZE_ENVIRONMENT = TREE / ".venv-bench"


@contextmanager
def reader(lab: Lab) -> Iterator[Callable[[float], Sample]]:
    yield lambda seconds: _loop(lab, seconds, "bench.loops.reader")


@contextmanager
def pyopenssl(lab: Lab) -> Iterator[Callable[[float], Sample]]:
    yield lambda seconds: _loop(lab, seconds, "bench.loops.pyopenssl")


@contextmanager
def pyopenssl_chain(lab: Lab) -> Iterator[Callable[[float], Sample]]:
    yield lambda seconds: _loop(lab, seconds, "bench.loops.pyopenssl", CHAIN="1")


def _loop(lab: Lab, seconds: float, module: str, **environment: str) -> Sample:
    return sample_of([sys.executable, "-m", module, *arguments(lab, seconds)], os.environ | environment)


@contextmanager
def sslyze(lab: Lab) -> Iterator[Callable[[float], Sample]]:
    """sslyze wants another cryptography than ours, so it lives in an environment of its own."""
    python = SSLYZE_ENVIRONMENT / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", SSLYZE_ENVIRONMENT], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([*install, "-r", str(TREE / "requirements" / "bench.txt")], check=True)
    script = str(TREE / "bench" / "loops" / "sslyze_loop.py")
    yield lambda seconds: sample_of([str(python), script, *arguments(lab, seconds)])
