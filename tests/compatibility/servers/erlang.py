from __future__ import annotations

from functools import partial

from ocsp_staple_exporter.lab.process import find_program
from tests.compatibility.launching import PROGRAMS, Files, serving
from tests.compatibility.stack import NO_STAPLE, Stack, debian

find = partial(find_program, "escript", package="erlang-ssl")


def command(files: Files) -> list[str]:
    return [find(), *map(str, (PROGRAMS / "server.escript", files.port, files.chain, files.key))]


STACK = Stack(
    name="Erlang",
    library="OTP ssl",
    needs=find,
    start=partial(serving, command),
    version=partial(debian, "erlang-base"),
    library_version=partial(debian, "erlang-ssl"),
    staple=NO_STAPLE,
    complaint="failed:",
    key_types=("rsa", "ecdsa"),
)
