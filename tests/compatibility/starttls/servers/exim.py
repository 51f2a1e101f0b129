from __future__ import annotations

import os
from functools import partial

from ocsp_staple_exporter.lab.process import ProgramMissingError, find_program
from ocsp_staple_exporter.model import StartTLS
from tests.compatibility.launching import Files
from tests.compatibility.stack import debian
from tests.compatibility.starttls.service import Place, Product

PACKAGE = "exim4-daemon-light"


def find() -> str:
    if os.geteuid() != 0:
        raise ProgramMissingError("Exim listens for root only")
    return find_program("exim4", package=PACKAGE)


def command(place: Place) -> list[str]:
    place.make("spool")
    (place.directory / "mainlog").symlink_to(place.log)
    configuration = place.write(
        "exim.conf",
        f"""
primary_hostname = localhost.localdomain
exim_user = root
exim_group = root
spool_directory = {place.directory}/spool
log_file_path = {place.directory}/%slog
pid_file_path = {place.directory}/pid
daemon_smtp_ports = {place.ports[StartTLS.SMTP]}
local_interfaces = 127.0.0.1
keep_environment =
{place.if_tls(with_tls, "tls_advertise_hosts =")}
""",
    )
    return [find(), "-C", str(configuration), "-bdf"]


def with_tls(files: Files) -> str:
    return f"""
tls_advertise_hosts = *
tls_certificate = {files.chain}
tls_privatekey = {files.key}
tls_ocsp_file = {files.staple}
"""


PRODUCT = Product(
    name="Exim",
    library="GnuTLS",
    protocols=(StartTLS.SMTP,),
    needs=find,
    command=command,
    version=partial(debian, PACKAGE),
    library_version=partial(debian, "libgnutls30"),
    staple="`tls_ocsp_file`",
    complaint="TLS error on connection",
)
