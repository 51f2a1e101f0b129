"""`python -m ocsp_staple_exporter` is the command `ocsp-staple-exporter`."""

from __future__ import annotations

from ocsp_staple_exporter.cli import main

main(prog_name="ocsp-staple-exporter")
