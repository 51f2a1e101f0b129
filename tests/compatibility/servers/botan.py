from __future__ import annotations

from functools import partial

from ocsp_staple_exporter.model import TLSVersion
from tests.compatibility.apart import apart, find_apart
from tests.compatibility.launching import Files, serving
from tests.compatibility.stack import NO_STAPLE, Stack, debian

find = partial(find_apart, "botan", "botan")


def command(files: Files) -> list[str]:
    return apart(files, find(), "tls_server", files.chain, files.key, f"--port={files.port}")


STACK = Stack(
    name="botan tls_server",
    library="Botan",
    needs=find,
    start=partial(serving, command),
    version=partial(debian, "botan"),
    library_version=partial(debian, "libbotan-2-19"),
    staple=NO_STAPLE,
    complaint="EOF on socket|Connection problem|Alert: (?!close_notify)",
    complaints=3,  # two look whether it listens: the test, and what leads to it
    tls_versions=(TLSVersion.TLS_1_2,),
    key_types=("rsa", "ecdsa"),
)
