"""The fuzzers, each for its share of FUZZ_SECONDS (600 unless set). Fails where one of them does."""

from __future__ import annotations

import os
import subprocess
import sys

FUZZERS = ("fuzz.fuzz_judge", "fuzz.fuzz_messages", "fuzz.fuzz_handshake", "fuzz.fuzz_dialogues", "fuzz.fuzz_proxies")


def main() -> int:
    seconds = int(os.environ.get("FUZZ_SECONDS", "600")) // len(FUZZERS)
    environment = {**os.environ, "FUZZ_SECONDS": str(seconds)}
    return max(
        subprocess.run([sys.executable, "-m", name], env=environment, check=False).returncode for name in FUZZERS
    )


if __name__ == "__main__":
    sys.exit(main())
