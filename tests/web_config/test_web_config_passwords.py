from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Callable

import bcrypt
import pytest

from ocsp_staple_exporter.web.web_config import passwords as module
from ocsp_staple_exporter.web.web_config.passwords import Passwords, read_credentials


def hashed(password: bytes) -> bytes:
    return bcrypt.hashpw(password, bcrypt.gensalt(4))


def basic(user: bytes, password: bytes) -> str:
    return f"Basic {base64.b64encode(user + b':' + password).decode()}"


def here() -> bool:
    return False


class Counting:
    """Compares by equality, and notes what it compared."""

    def __init__(self) -> None:
        self.calls: list[tuple[bytes, bytes]] = []
        self.at_once = 0
        self.most_at_once = 0

    def __call__(self, password: bytes, against: bytes) -> bool:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        assert threading.current_thread() is not threading.main_thread()
        self.calls.append((password, against))
        self.at_once -= 1
        return password == against


@pytest.mark.parametrize(
    ("header", "credentials"),
    [
        (basic(b"alice", b"secret"), (b"alice", b"secret")),
        (basic("жанна".encode(), "пароль".encode()), ("жанна".encode(), "пароль".encode())),
        (basic(b"a", b"b:c"), (b"a", b"b:c")),
        (basic(b"", b""), (b"", b"")),
        (basic(b"\xff", b"\x00"), (b"\xff", b"\x00")),
        (f"bAsIc {base64.b64encode(b'a:b').decode()}", (b"a", b"b")),
        ("", None),
        ("Basic", None),
        ("Basic ", None),
        ("Bearer YTpi", None),
        ("Basic YWJj", None),
        ("Basic YTpi!", None),
        ("Basic YTpi\udcff", None),
        ("Basic YTp", None),
    ],
)
def test_credentials_are_bytes_before_and_after_the_first_colon(
    header: str, credentials: tuple[bytes, bytes] | None
) -> None:
    assert read_credentials(header) == credentials


@pytest.mark.parametrize(
    ("password", "right"),
    [
        (b"x" * 72, True),
        (b"x" * 72 + b"what follows is ignored, as by Go", True),
        (b"x" * 71, False),
        (b"x" * 71 + b"y" + b"x" * 1000, False),
        (b"", False),
        (b"\x00", False),
        (b"\xff" * 80, False),
    ],
)
async def test_bcrypt_knows_72_bytes_of_a_password(password: bytes, right: bool) -> None:  # noqa: FBT001
    users = {b"alice": hashed(b"x" * 72)}
    assert await Passwords().are_right((b"alice", password), users, is_gone=here) is right


async def test_an_unknown_user_costs_what_the_costliest_wrong_password_costs() -> None:
    compare = Counting()
    checker = Passwords(compare)
    users = {b"alice": b"$2b$04$a", b"bob": b"$2b$12$b", b"carol": b"$2b$10$c"}
    for user in (b"bob", b"nobody"):
        assert not await checker.are_right((user, b"wrong"), users, is_gone=here)
    assert compare.calls == [(b"wrong", b"$2b$12$b")] * 2


async def test_an_unknown_user_stays_out_with_the_password_of_another() -> None:
    users = {b"alice": hashed(b"secret")}
    assert not await Passwords().are_right((b"nobody", b"secret"), users, is_gone=here)
    assert await Passwords().are_right((b"alice", b"secret"), users, is_gone=here)


async def test_an_outcome_is_worked_out_once_for_all_who_ask_at_one_time() -> None:
    compare = Counting()
    checker = Passwords(compare)
    for password, right in ((b"secret", True), (b"wrong", False)):
        answers = await asyncio.gather(
            *(checker.are_right((b"alice", password), {b"alice": b"secret"}, is_gone=here) for _ in range(20))
        )
        assert answers == [right] * 20
    assert len(compare.calls) == 2


async def test_a_changed_hash_or_a_removed_user_counts_at_once() -> None:
    compare = Counting()
    checker = Passwords(compare)
    asked = (b"alice", b"secret")
    assert await checker.are_right(asked, {b"alice": b"secret"}, is_gone=here)
    assert not await checker.are_right(asked, {b"alice": b"another"}, is_gone=here)
    assert not await checker.are_right(asked, {b"bob": b"secret"}, is_gone=here)
    assert await checker.are_right(asked, {b"alice": b"secret"}, is_gone=here)


async def test_passwords_are_compared_one_at_a_time_and_outcomes_are_bounded() -> None:
    compare = Counting()
    checker = Passwords(compare)
    many = [f"long password {number}".encode() for number in range(module.REMEMBERED + 50)]
    await asyncio.gather(*(checker.are_right((b"a", one), {b"a": b"x"}, is_gone=here) for one in many))
    assert compare.most_at_once == 1
    assert len(compare.calls) == len(many)
    assert len(checker._wrong) == module.REMEMBERED
    assert not any(one in key for one in many for key in checker._wrong)
    users = {b"a%d" % number: b"x" for number in range(module.REMEMBERED + 50)}
    for user in users:
        assert await checker.are_right((user, b"x"), users, is_gone=here)
    assert len(checker._right) == module.REMEMBERED


async def test_wrong_passwords_in_masses_neither_drive_out_nor_hold_up_a_right_one() -> None:
    go_on, compared = threading.Event(), Counting()

    def compare(password: bytes, against: bytes) -> bool:
        assert password != b"held up" or go_on.wait(10)
        return compared(password, against)

    checker, users = Passwords(compare), {b"alice": b"secret"}
    right = (b"alice", b"secret")
    assert await checker.are_right(right, users, is_gone=here)
    for number in range(module.REMEMBERED):
        assert not await checker.are_right((b"alice", b"%d" % number), users, is_gone=here)
        assert not await checker.are_right((b"%d" % number, b"secret"), users, is_gone=here)  # of another
    calls = len(compared.calls)
    waiting = asyncio.create_task(checker.are_right((b"alice", b"held up"), users, is_gone=here))
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(5):
            assert await checker.are_right(right, users, is_gone=here)
    finally:
        go_on.set()
    assert not await waiting
    assert len(compared.calls) == calls + 1


async def test_a_user_who_was_unknown_is_let_in_once_named() -> None:
    checker = Passwords(Counting())
    assert not await checker.are_right((b"bob", b"secret"), {b"alice": b"secret"}, is_gone=here)
    assert await checker.are_right((b"bob", b"secret"), {b"alice": b"secret", b"bob": b"secret"}, is_gone=here)


@pytest.mark.parametrize(("is_gone", "calls"), [(lambda: True, 0), (here, 1)])
async def test_nothing_is_worked_out_for_who_has_gone(is_gone: Callable[[], bool], calls: int) -> None:
    compare = Counting()
    assert not await Passwords(compare).are_right((b"a", b"b"), {b"a": b"x"}, is_gone=is_gone)
    assert len(compare.calls) == calls
