"""sslyze's scan of one host's certificates and staple. Runs in an environment of its own (requirements/bench.txt)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # this environment has no project in it

from sslyze import (
    ScanCommand,
    ScanCommandAttemptStatusEnum,
    Scanner,
    ServerNetworkConfiguration,
    ServerNetworkLocation,
    ServerScanRequest,
)

from bench.loops.looping import Server, loop


def client(server: Server) -> Callable[[], None]:
    location = ServerNetworkLocation(hostname=server.name, port=server.port, ip_address="127.0.0.1")
    network = ServerNetworkConfiguration(tls_server_name_indication=server.name)

    def probe() -> None:
        scanner = Scanner()
        request = ServerScanRequest(location, network, scan_commands={ScanCommand.CERTIFICATE_INFO})
        scanner.queue_scans([request])
        (result,) = scanner.get_results()
        attempt = result.scan_result.certificate_info
        assert attempt.status is ScanCommandAttemptStatusEnum.COMPLETED
        assert attempt.result.certificate_deployments[0].ocsp_response is not None

    return probe


if __name__ == "__main__":
    loop(client)
