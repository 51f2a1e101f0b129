"""The bytes of a list into its targets. Takes its time: for a thread, not for the event loop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from ocsp_staple_exporter.config.collector import collector_paused
from ocsp_staple_exporter.config.problems import ConfigError
from ocsp_staple_exporter.config.source import decode, decode_yaml
from ocsp_staple_exporter.discovery.entries import Entries, Terms, read_entries
from ocsp_staple_exporter.discovery.groups import ListError, json_groups, yaml_groups
from ocsp_staple_exporter.model import Target

LARGEST = 32 * 1024 * 1024
"""Bytes of one list. A hundred thousand targets with labels need about a third of it."""

NOTHING: Mapping[str, Target] = {}


def read_json(data: bytes, file: str, terms: Terms, before: Mapping[str, Target] = NOTHING) -> Entries:
    """A list in JSON; raises ListError. What is as it was `before` is the very object."""
    with collector_paused():
        return _with_old_objects(read_entries(json_groups(_decoded(data, file), file), file, terms), before)


def read_yaml(data: bytes, file: str, terms: Terms, before: Mapping[str, Target] = NOTHING) -> Entries:
    """A list in YAML, as the one in JSON; takes up to three times as long."""
    with collector_paused():
        try:
            text = decode_yaml(data, file)
        except ConfigError as error:
            raise ListError(error.problems) from None
        return _with_old_objects(read_entries(yaml_groups(text, file), file, terms), before)


def read_file_of_list(data: bytes, path: PurePath, terms: Terms, before: Mapping[str, Target] = NOTHING) -> Entries:
    """As the file's name says, which ends in `.json`, `.yml` or `.yaml`."""
    read = read_json if path.suffix.lower() == ".json" else read_yaml
    return read(data, str(path), terms, before)


def _decoded(data: bytes, file: str) -> str:
    try:
        return decode(data, file)
    except ConfigError as error:
        raise ListError(error.problems) from None


def _with_old_objects(entries: Entries, before: Mapping[str, Target]) -> Entries:
    """So that what did not change is told at a glance, and takes no memory twice."""
    if before:
        for name, target in entries.targets.items():
            old = before.get(name)
            if old == target and old is not None:
                entries.targets[name] = old
    return entries
