"""Who is connected, and who has to go when there is no room.

Those for whom the exporter waits, because they have not sent a request yet, have sent a half
one, have nothing to ask or do not read their answer, make room for newcomers: whoever has been
waited for the longest goes first. So slow clients can be as many as they like.
"""

from __future__ import annotations

from typing import Protocol


class Visitor(Protocol):
    def dismiss(self) -> None:
        """End the connection at once; `left` is called before this returns, or soon after."""


class Visitors:
    """At most so many at a time, with so many bytes of answers that they do not read."""

    def __init__(self, limit: int, most_unread: int) -> None:
        self._limit = limit
        self._most_unread = most_unread
        self._present: set[Visitor] = set()
        self._waited_for: dict[Visitor, None] = {}
        self._unread: dict[Visitor, int] = {}

    def make_room(self) -> bool:
        """Whether one more may come, after one had to go if need be."""
        return len(self._present) < self._limit or self.dismiss_slowest()

    def dismiss_slowest(self) -> bool:
        """Whether there was anybody to dismiss."""
        slowest = next(iter(self._waited_for), None)
        if slowest is not None:
            self._dismiss(slowest)
        return slowest is not None

    def _dismiss(self, visitor: Visitor) -> None:
        self.left(visitor)
        visitor.dismiss()

    def arrived(self, visitor: Visitor) -> None:
        self._present.add(visitor)
        self._waited_for[visitor] = None

    def waited_for(self, visitor: Visitor) -> None:
        """From now on it is the visitor's turn."""
        self.served(visitor)
        if visitor in self._present:
            self._waited_for[visitor] = None

    def must_read(self, visitor: Visitor, unread: int) -> None:
        """It is the visitor's turn to read so many bytes. Where there are too many in all, the slowest others go."""
        self.waited_for(visitor)
        if visitor in self._present:
            self._unread[visitor] = unread
        for slowest in [other for other in self._waited_for if other in self._unread and other is not visitor]:
            if sum(self._unread.values()) <= self._most_unread:
                break
            self._dismiss(slowest)

    def served(self, visitor: Visitor) -> None:
        """From now on it is ours."""
        self._waited_for.pop(visitor, None)
        self._unread.pop(visitor, None)

    def left(self, visitor: Visitor) -> None:
        self._present.discard(visitor)
        self.served(visitor)

    def dismiss_all(self) -> None:
        for visitor in list(self._present):
            visitor.dismiss()
