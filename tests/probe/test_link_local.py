"""A link-local address is nothing without its zone: it is there from the configuration to the last message."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ocsp_staple_exporter.lab.process import ProgramMissingError, find_program

ROOT = Path(__file__).parents[2]
IN_A_NETWORK_OF_ITS_OWN = ("unshare", "--net", "--map-root-user")


@pytest.mark.real_server
def test_a_host_at_a_link_local_address_is_probed() -> None:
    try:
        find_program("ip", package="iproute2")
    except ProgramMissingError as error:
        pytest.skip(str(error))
    if subprocess.run([*IN_A_NETWORK_OF_ITS_OWN, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system gives no network namespace")

    command = [*IN_A_NETWORK_OF_ITS_OWN, sys.executable, "-m", "tests.probe.link_local"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    (header,) = told["open"].pop("headers")
    assert header.startswith("PROXY TCP6 fe80::77 fe80::77 ")
    assert told == {
        "open": {"address": "fe80::77%lo", "verified": True},
        "closed": {"reason": "connect_refused", "detail": "fe80::77%lo refused the connection"},
    }
