"""User-space instructions per probe, counted by valgrind's callgrind: the figure that repeats.

A loop runs twice under callgrind, for a few and for many probes; the difference is theirs alone,
without the start of the interpreter and the first, cold probe. The kernel's part is not in it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

from bench.lab import Lab
from bench.report import Figures

FEW, MANY = 5, 55
COUNTED = {
    "this exporter: probe, judged and published": "own",
    "its handshake alone": "reader",
    "pyOpenSSL loop": "pyopenssl",
    "pyOpenSSL loop, chain": "pyopenssl-chain",
}


def count(lab: Lab) -> Figures:
    millions = {name: _per_probe(lab, loop) / 1e6 for name, loop in COUNTED.items()}
    own = next(iter(millions.values()))
    return {f"{name}, instructions": {"millions": n, "times_ours": n / own} for name, n in millions.items()}


def _per_probe(lab: Lab, loop: str) -> float:
    return (_instructions(lab, loop, MANY) - _instructions(lab, loop, FEW)) / (MANY - FEW)


def _instructions(lab: Lab, loop: str, probes: int) -> int:
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, "-m", "bench.counted"]
    command += [loop, str(lab.port), lab.server_name, str(lab.ca_file), str(probes)]
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found = re.search(r"Collected\s*:\s*(\d+)", done.stderr)
    if found is None:
        raise RuntimeError(f"callgrind says nothing of instructions: {done.stderr[-500:]}")
    return int(found[1])
