"""A host at a link-local address of this network, and what a probe of it says; run in a network of its own.

python -m tests.probe.link_local
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from ocsp_staple_exporter.config.hosts import parse_host
from ocsp_staple_exporter.lab.ca import Authority
from ocsp_staple_exporter.lab.tls_server import Credential, ServerHandshake
from ocsp_staple_exporter.model import Endpoint, Module, Observation, ProxyProtocol
from ocsp_staple_exporter.probe import Prober

ADDRESS = "fe80::77"


def set_up_loopback() -> None:
    for command in ("link set lo up", f"addr add {ADDRESS}/64 dev lo nodad"):
        subprocess.run(["ip", *command.split()], check=True)


async def main() -> None:
    root = Authority.root(now=datetime.now(UTC))
    leaf = root.issue_leaf(ADDRESS)
    headers: list[str] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        headers.append((await reader.readuntil(b"\r\n")).decode())
        server = ServerHandshake(lambda _: Credential(leaf.chain, leaf.key, b"a staple"))
        while data := await reader.read(65536):
            writer.write(server.receive(data))
        writer.close()

    listener = await asyncio.start_server(behave, f"{ADDRESS}%lo", 0)
    port = listener.sockets[0].getsockname()[1]
    told: dict[str, object] = {}
    module = Module(
        timeout=timedelta(seconds=10),
        trust_anchors=(root.der,),
        proxy_protocol=ProxyProtocol.V1,
        source_address=f"{ADDRESS}%lo",
    )
    for name, number in (("open", port), ("closed", 1)):
        host = parse_host(f"[{ADDRESS}%lo]")
        endpoint = Endpoint(target=host.written, host=host.resolved, port=number, server_name=None, module=module)
        outcome = (await Prober().probe(endpoint)).outcome
        if isinstance(outcome, Observation):
            told[name] = {"address": outcome.address, "verified": outcome.chain.verified, "headers": headers}
        else:
            told[name] = {"reason": outcome.reason.value, "detail": outcome.detail}
    listener.close()
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    set_up_loopback()
    asyncio.run(main())
