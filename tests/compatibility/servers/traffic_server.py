from __future__ import annotations

import os
from functools import partial

from ocsp_staple_exporter.lab.process import find_program
from tests.compatibility.launching import Files, serving
from tests.compatibility.stack import Stack, debian, openssl

find = partial(find_program, "traffic_server", package="trafficserver")


def command(files: Files) -> list[str]:
    """It looks for its configuration in a tree of directories, which `runroot.yaml` lays into one."""
    base = files.directory
    directories = ("sysconfdir", "logdir", "runtimedir", "cachedir", "localstatedir", "datadir", "libexecdir")
    tree = [f"prefix: {base}", f"exec_prefix: {base}", "bindir: /usr/bin", "libdir: /usr/lib/trafficserver"]
    files.write("runroot.yaml", "\n".join([*tree, *(f"{name}: {base}" for name in directories), ""]))
    files.write("storage.config", "")
    files.write("remap.config", "")
    files.write("ssl_multicert.config", f"dest_ip=* ssl_cert_name={files.chain} ssl_key_name={files.key}\n")
    files.write(
        "records.config",
        f"""
CONFIG proxy.config.http.server_ports STRING {files.port}:ssl:ip-in=127.0.0.1
LOCAL proxy.local.incoming_ip_to_bind STRING 127.0.0.1
CONFIG proxy.config.ssl.ocsp.enabled INT 1
CONFIG proxy.config.http.cache.http INT 0
CONFIG proxy.config.crash_log_helper STRING NULL
CONFIG proxy.config.log.logging_enabled INT 0
CONFIG proxy.config.diags.output.error STRING E
CONFIG proxy.config.diags.debug.enabled INT 1
CONFIG proxy.config.diags.debug.tags STRING ssl.error
{"CONFIG proxy.config.admin.user_id STRING #-1" if os.geteuid() == 0 else ""}
""",
    )
    return [find(), f"--run-root={base}/runroot.yaml"]


STACK = Stack(
    name="Apache Traffic Server",
    library="OpenSSL",
    needs=find,
    start=partial(serving, command),
    version=partial(debian, "trafficserver"),
    library_version=openssl,
    staple="fetched at start",
    fetches=True,
    complaint="SSL accept returned",
    complaints=1,  # the first was no handshake
)
