"""Lists of targets beside the configuration: files and URLs in Prometheus's format.

A list that vanishes or breaks stays in force as it was last read, and what is wrong with it is told.
"""

from __future__ import annotations

from ocsp_staple_exporter.discovery.checking import check_files
from ocsp_staple_exporter.discovery.discovery import Discovery, Wanted
from ocsp_staple_exporter.discovery.entries import Entries, Terms
from ocsp_staple_exporter.discovery.states import Key, ListState, Source

__all__ = ["Discovery", "Entries", "Key", "ListState", "Source", "Terms", "Wanted", "check_files"]
