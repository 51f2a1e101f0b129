"""Collects the problems of one file while it is read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path as FilePath

from ocsp_staple_exporter.config.problems import ConfigError, Problem
from ocsp_staple_exporter.config.tree import Node, Path, Place, Scalar, find, spell


class Report:
    """Problems by their path in the document; the tree knows the places."""

    def __init__(self, file: str, root: Node) -> None:
        self._file = file
        self._root = root
        self.problems: list[Problem] = []

    def at_place(self, place: Place, message: str) -> None:
        self.problems.append(Problem(self._file, place.line, place.column, message))

    def at_key(self, path: Path, message: str) -> None:
        """The last key of the path is wrong."""
        self.at_place(find(self._root, path).key, f"{spell(path)}: {message}")

    def at_value(self, path: Path, message: str) -> None:
        """What the path leads to is wrong, or missing in the last mapping on the way."""
        found = find(self._root, path)
        if isinstance(found.node, Scalar):  # a target written as text has no options to name
            path = path[: len(path) - len(found.rest)]
        self.at_place(found.node.place, f"{spell(path)}: {message}" if path else message)

    def place(self, path: Path) -> Place:
        return find(self._root, path).node.place

    def written(self, path: Path) -> str:
        """The text of the scalar there, as it stands in the file; empty for lists and mappings."""
        node = find(self._root, path).node
        return node.text if isinstance(node, Scalar) else ""

    def error(self, files: Iterable[FilePath] = ()) -> ConfigError:
        return ConfigError(self.problems, files)
