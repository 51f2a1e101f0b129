from __future__ import annotations

import sys
from functools import partial

from tests.compatibility.launching import PROGRAMS, Files, serving
from tests.compatibility.stack import NO_STAPLE, Stack, pypi


def command(files: Files) -> list[str]:
    return [sys.executable, *map(str, (PROGRAMS / "tlslite_server.py", files.port, files.chain, files.key))]


STACK = Stack(
    name="tlslite-ng",
    library="tlslite-ng",
    needs=partial(pypi, "tlslite-ng"),
    start=partial(serving, command),
    version=partial(pypi, "tlslite-ng"),
    library_version=partial(pypi, "tlslite-ng"),
    staple=NO_STAPLE,
    complaint="failed:",
)
