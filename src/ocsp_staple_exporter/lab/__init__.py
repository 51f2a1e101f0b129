"""A certificate authority, flawed staples and servers on loopback: for the demo, the tests and the benchmark."""

from __future__ import annotations
