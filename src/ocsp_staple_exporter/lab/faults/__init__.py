"""Everything that a server can do wrong in a handshake, by name.

A name has three parts: the flight, the message at which it happens, and what happens:
`tls13:CertificateVerify:forged`. `Fault.ending` says what a client has to make of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from ocsp_staple_exporter.lab.faults.fault import Ending, Fault
from ocsp_staple_exporter.lab.faults.floods import FLOODS
from ocsp_staple_exporter.lab.faults.hellos import HELLO_FAULTS
from ocsp_staple_exporter.lab.faults.messages import MESSAGE_FAULTS
from ocsp_staple_exporter.lab.faults.proofs import PROOF_FAULTS
from ocsp_staple_exporter.lab.faults.server import FaultyServer
from ocsp_staple_exporter.lab.faults.serving import Drip, Encounters, serve_fault

__all__ = ["FAULTS", "FLOODS", "Drip", "Encounters", "Ending", "Fault", "FaultyServer", "serve_fault"]

FAULTS: Mapping[str, Fault] = {**MESSAGE_FAULTS, **HELLO_FAULTS, **PROOF_FAULTS, **FLOODS}
