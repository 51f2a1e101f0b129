from __future__ import annotations

import os
from dataclasses import replace
from functools import partial

from ocsp_staple_exporter.lab.process import find_program
from ocsp_staple_exporter.model import ProbeFailure, StartTLS
from tests.compatibility.launching import Files
from tests.compatibility.stack import debian
from tests.compatibility.starttls.service import Place, Product

find = partial(find_program, "inspircd", package="inspircd")


def command(modules: str, place: Place) -> list[str]:
    configuration = place.write(
        "inspircd.conf",
        f"""
<server name="www.example" description="lab" network="lab">
<admin name="lab" nick="lab" email="lab@localhost">
<bind address="127.0.0.1" port="{place.ports[StartTLS.IRC]}" type="clients">
<connect allow="*">
<dns server="127.0.0.1" timeout="1">
<pid file="{place.directory}/pid">
<log method="file" type="*" level="debug" target="{place.log}" flush="1">
{modules}
{place.if_tls(with_tls)}
""",
    )
    root = ["--runasroot"] if os.geteuid() == 0 else []
    return [find(), "--nofork", *root, f"--config={configuration}"]


def with_tls(files: Files) -> str:
    return f"""
<module name="ssl_gnutls">
<module name="starttls">
<sslprofile name="lab" provider="gnutls" certfile="{files.chain}" keyfile="{files.key}">
<starttls profile="lab">
"""


PRODUCT = Product(
    name="InspIRCd",
    library="GnuTLS",
    protocols=(StartTLS.IRC,),
    needs=find,
    command=partial(command, '<module name="cap">'),
    version=partial(debian, "inspircd"),
    library_version=partial(debian, "libgnutls30"),
    complaint="SOCKET: .*Handshake Failed",
)

WITHOUT_CAP = replace(
    PRODUCT,
    name="InspIRCd without its module cap",
    command=partial(command, ""),
    without_tls=ProbeFailure.STARTTLS_TIMEOUT,  # it is silent on commands that it does not know
)
