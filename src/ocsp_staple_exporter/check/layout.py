"""Lines with a margin, broken where they fit a terminal; 80 columns are enough."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from rich.console import Console
from rich.text import Text

WIDTH_WHEN_PIPED = 80

NARROWEST = 40
"""Columns that a report takes at least: below, its margins leave no room for words."""

TIED = "\ue000"
"""A space at which no line is broken, while lines are being broken. `printable` lets none through."""

Line: TypeAlias = tuple[Text, Text]
"""What stands in the margin, and what is beside it and may be wrapped."""

Block: TypeAlias = Sequence[Text]
"""Lines that stand together; an empty line parts them from the next block."""


def width_of(console: Console) -> int:
    return max(console.width, NARROWEST) if console.is_terminal else WIDTH_WHEN_PIPED


def margined(lines: Iterable[Line], margin: int, console: Console, *, indent: int = 0) -> Block:
    """Each line with its margin of that many columns, wrapped to the console's width."""
    width = width_of(console) - indent - margin - 1
    shown = []
    for left, body in lines:
        for number, part in enumerate(body.wrap(console, width, overflow="fold")):
            part.plain = part.plain.replace(TIED, " ")
            beside = left.copy() if number == 0 else Text()
            beside.pad_right(margin + 1 - beside.cell_len)
            shown.append(Text.assemble(" " * indent, beside, part))
    return shown


def laid_out(blocks: Iterable[Block], console: Console) -> str:
    """The blocks as the console would show them, in its colours, if it has some."""
    with console.capture() as captured:
        for line in Text("\n\n").join(Text("\n").join(block) for block in blocks).split():
            line.rstrip()
            console.print(line, soft_wrap=True, highlight=False)
    return captured.get()
