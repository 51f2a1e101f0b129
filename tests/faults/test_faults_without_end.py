"""A server that never ends costs a bounded number of bytes and a bounded amount of memory."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from ocsp_staple_exporter.lab.faults import FAULTS
from ocsp_staple_exporter.tls.records import LARGEST_FLIGHT
from tests.faults.meeting import Meeting

LONGEST_REPLY = 1 << 19
"""Bytes that a server of the laboratory says at once."""

MOST_MEMORY = 4 * LARGEST_FLIGHT
"""Bytes of both sides together; the server's own messages are among them."""

ENDLESS = [name for name in FAULTS if "endless" in name and name.split(":")[1] in ("Certificate", "Finished")]
"""In the clear and sealed, of every flight. That each ends at all, test_faults.py tries at every message."""


@pytest.mark.parametrize("name", ENDLESS)
def test_a_server_without_an_end_is_left_in_bounded_memory(name: str) -> None:
    Meeting(FAULTS[name]).part()  # what is made once stays out of the account
    gc.collect()
    tracemalloc.start()
    try:
        parting = Meeting(FAULTS[name]).part()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert parting.taken <= LARGEST_FLIGHT + LONGEST_REPLY
    assert peak < MOST_MEMORY
