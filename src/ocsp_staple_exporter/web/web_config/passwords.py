"""Basic authentication against bcrypt hashes (RFC 7617)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping

import bcrypt

LONGEST_PASSWORD = 72
"""Bytes. bcrypt knows no more; Go's CompareHashAndPassword ignores what follows, and so do we."""

REMEMBERED = 100
"""Right passwords, and as many wrong ones: those that are tried in masses drive out no right one."""


def read_credentials(authorization: str) -> tuple[bytes, bytes] | None:
    """User name and password in the client's bytes; None for anything but `Basic` (RFC 7617 §2)."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    user, colon, password = decoded.partition(b":")
    return (user, password) if colon else None


class Passwords:
    """Checks passwords, one at a time and off the event loop, and remembers the outcomes."""

    def __init__(self, matches: Callable[[bytes, bytes], bool] | None = None) -> None:
        """`matches` compares a password with a hash, and takes its time."""
        self._matches = matches or _matches
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._wrong: OrderedDict[bytes, None] = OrderedDict()
        self._secret = os.urandom(32)
        self._one_at_a_time = asyncio.Lock()

    async def are_right(
        self, credentials: tuple[bytes, bytes], users: Mapping[bytes, bytes], *, is_gone: Callable[[], bool]
    ) -> bool:
        """Whether the user exists and this is the password. `is_gone`: nobody waits for the answer any more.

        For a user that does not exist the costliest hash is compared, so that the time tells
        nothing. (The toolkit compares one of cost 10, whatever the cost of the others.)
        """
        user, password = credentials
        known = users.get(user)
        hashed = known or max(users.values(), key=_cost)
        key = self._key(user, known or b"", password)
        outcome = self._recall(key)
        if outcome is None:
            async with self._one_at_a_time:
                outcome = self._recall(key)  # others may have waited with the same password
                if outcome is None and not is_gone():
                    matches = await asyncio.to_thread(self._matches, password, hashed)
                    outcome = matches and known is not None
                    _remember(key, self._right if outcome else self._wrong)
        return bool(outcome)

    def _key(self, *parts: bytes) -> bytes:
        """Neither a password nor anything that could be tried against a list of them stays in memory."""
        lengths = b"".join(len(part).to_bytes(4) for part in parts)
        return hmac.digest(self._secret, lengths + b"".join(parts), hashlib.sha256)

    def _recall(self, key: bytes) -> bool | None:
        for outcome, keys in ((True, self._right), (False, self._wrong)):
            if key in keys:
                keys.move_to_end(key)
                return outcome
        return None


def _remember(key: bytes, keys: OrderedDict[bytes, None]) -> None:
    keys[key] = None
    if len(keys) > REMEMBERED:
        keys.popitem(last=False)


def _cost(hashed: bytes) -> bytes:
    """Two digits after `$2b$`."""
    return hashed[4:6]


def _matches(password: bytes, hashed: bytes) -> bool:
    return bcrypt.checkpw(password[:LONGEST_PASSWORD], hashed)
