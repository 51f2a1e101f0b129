"""A number of probes, to be counted: LOOP PORT SERVER_NAME CA_FILE PROBES."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from bench.loops import pyopenssl, reader
from bench.loops.looping import Server
from ocsp_staple_exporter.app import loop_factory
from ocsp_staple_exporter.config.certificates import read_certificates
from ocsp_staple_exporter.exposition import Exposition
from ocsp_staple_exporter.model import Endpoint, Module
from ocsp_staple_exporter.probe import Prober
from ocsp_staple_exporter.results import Results


def main() -> None:
    loop, server, probes = sys.argv[1], Server(int(sys.argv[2]), sys.argv[3], sys.argv[4]), int(sys.argv[5])
    if loop == "own":
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_own(server, probes))
        return
    if loop == "pyopenssl-chain":
        os.environ["CHAIN"] = "1"
    probe = (reader if loop == "reader" else pyopenssl).client(server)
    for _ in range(probes):
        probe()


async def _own(server: Server, probes: int) -> None:
    module = Module(server_name=server.name, trust_anchors=read_certificates(Path(server.ca_file)))
    endpoint = Endpoint(target="t", host="127.0.0.1", port=server.port, server_name=server.name, module=module)
    results, prober = Results([endpoint]), Prober(trust_anchors=())
    results.subscribe(Exposition())
    for _ in range(probes):
        results.publish(await prober.probe(endpoint))


if __name__ == "__main__":
    main()
