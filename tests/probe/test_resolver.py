from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from typing import Any

import pytest

from ocsp_staple_exporter import resolver as resolver_room
from ocsp_staple_exporter.model import IPFamily
from ocsp_staple_exporter.resolver import (
    STRANGERS,
    WATCHED,
    Address,
    Resolver,
    TooManyQuestionsError,
    for_a_stranger,
)

FOUND: list[Any] = [
    (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::1", 443, 0, 0)),
    (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 443)),
]


class Names:
    """A name service that counts its questions and answers when it is released."""

    def __init__(self, *, released: bool = True) -> None:
        self.questions: list[tuple[Any, ...]] = []
        self.asked = threading.Semaphore(0)
        self.release = threading.Event()
        if released:
            self.release.set()

    def getaddrinfo(self, host: str, port: int, **options: Any) -> list[Any]:
        self.questions.append((host, port, options["family"]))
        self.asked.release()
        assert self.release.wait(10)
        if host == "missing.test":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if host == "bad..label":
            raise UnicodeError("label empty or too long")
        return FOUND


async def test_a_name_resolves_to_its_addresses_in_the_order_given() -> None:
    found = await Resolver(Names().getaddrinfo).resolve("good.test", 443, IPFamily.ANY)
    assert found == (
        Address(socket.AF_INET6, ("2001:db8::1", 443, 0, 0)),
        Address(socket.AF_INET, ("192.0.2.1", 443)),
    )
    assert [address.ip for address in found] == ["2001:db8::1", "192.0.2.1"]


@pytest.mark.parametrize("name", ["missing.test", "bad..label"])
async def test_a_name_without_an_address_is_an_oserror_and_is_asked_for_again(name: str) -> None:
    names = Names()
    resolver = Resolver(names.getaddrinfo)
    for _ in range(2):
        with pytest.raises(OSError, match=r"not known|label"):
            await resolver.resolve(name, 443, IPFamily.ANY)
    assert len(names.questions) == 2


@pytest.mark.parametrize(
    ("literal", "family", "ip"),
    [("127.0.0.1", IPFamily.ANY, "127.0.0.1"), ("::1", IPFamily.IPV6, "::1")],
)
async def test_an_address_needs_no_name_service(literal: str, family: IPFamily, ip: str) -> None:
    names = Names()
    found = await Resolver(names.getaddrinfo).resolve(literal, 443, family)
    assert [address.ip for address in found] == [ip]
    assert names.questions == []


async def test_the_family_asked_for_is_the_family_looked_up() -> None:
    names = Names()
    await Resolver(names.getaddrinfo).resolve("good.test", 443, IPFamily.IPV4)
    assert names.questions == [("good.test", 443, socket.AF_INET)]


async def test_an_answer_serves_until_it_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names()
    resolver = Resolver(names.getaddrinfo)
    for _ in range(3):
        await resolver.resolve("good.test", 443, IPFamily.ANY)
    assert len(names.questions) == 1
    now = asyncio.get_running_loop().time()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now + resolver_room.KEPT_SECONDS + 1)
    await resolver.resolve("good.test", 443, IPFamily.ANY)
    assert len(names.questions) == 2


async def test_a_question_asked_by_many_at_once_is_put_once() -> None:
    names = Names(released=False)
    resolver = Resolver(names.getaddrinfo)
    many = [asyncio.create_task(resolver.resolve("good.test", 443, IPFamily.ANY)) for _ in range(20)]
    await asyncio.to_thread(names.asked.acquire)
    names.release.set()
    assert len({await one for one in many}) == 1
    assert len(names.questions) == 1


async def test_one_who_gives_up_does_not_take_the_answer_from_the_others() -> None:
    names = Names(released=False)
    resolver = Resolver(names.getaddrinfo)
    hasty = asyncio.create_task(resolver.resolve("good.test", 443, IPFamily.ANY))
    patient = asyncio.create_task(resolver.resolve("good.test", 443, IPFamily.ANY))
    await asyncio.to_thread(names.asked.acquire)
    hasty.cancel()
    names.release.set()
    assert await patient
    with pytest.raises(asyncio.CancelledError):
        await hasty


async def test_dead_name_servers_hold_up_no_more_than_their_own_names() -> None:
    names = Names(released=False)
    resolver = Resolver(names.getaddrinfo)
    waiting = [
        asyncio.create_task(resolver.resolve(f"host-{n}.test", 443, IPFamily.ANY)) for n in range(WATCHED.threads - 1)
    ]
    for _ in waiting:
        await asyncio.to_thread(names.asked.acquire)
    names.release.set()
    assert len(await asyncio.gather(*waiting)) == WATCHED.threads - 1


def ask(resolver: Resolver, *names: str) -> list[asyncio.Task[tuple[Address, ...]]]:
    return [asyncio.create_task(resolver.resolve(name, 443, IPFamily.ANY)) for name in names]


async def fill_threads(resolver: Resolver, names: Names, threads: int) -> list[asyncio.Task[tuple[Address, ...]]]:
    """All threads are stuck at a name each."""
    stuck = ask(resolver, *(f"stuck-{n}.test" for n in range(threads)))
    for _ in stuck:
        await asyncio.to_thread(names.asked.acquire)
    return stuck


async def give_up(tasks: list[asyncio.Task[tuple[Address, ...]]]) -> None:
    for task in tasks:
        task.cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ends)


async def test_a_question_waits_for_a_thread_and_is_answered_in_its_turn() -> None:
    names = Names(released=False)
    resolver = Resolver(names.getaddrinfo)
    stuck = await fill_threads(resolver, names, WATCHED.threads)
    patient = ask(resolver, "first.test", "second.test")
    await asyncio.sleep(0)
    names.release.set()
    assert all(await asyncio.gather(*stuck, *patient))
    assert {host for host, _, _ in names.questions[WATCHED.threads :]} == {"first.test", "second.test"}


async def test_a_question_for_which_nobody_waits_any_more_is_never_put() -> None:
    names = Names(released=False)
    resolver = Resolver(names.getaddrinfo)
    stuck = await fill_threads(resolver, names, WATCHED.threads)
    hasty = ask(resolver, *(f"hasty-{n}.test" for n in range(1000)))
    patient = ask(resolver, "hasty-7.test")
    await asyncio.sleep(0)
    await give_up(hasty)
    names.release.set()
    async with asyncio.timeout(5):
        assert all(await asyncio.gather(*stuck, *patient))
    assert [host for host, _, _ in names.questions[WATCHED.threads :]] == ["hasty-7.test"]


async def test_a_question_that_was_dropped_can_be_put_again() -> None:
    names = Names(released=False)
    resolver = Resolver(names.getaddrinfo)
    stuck = await fill_threads(resolver, names, WATCHED.threads)
    hasty = ask(resolver, "good.test")
    await asyncio.sleep(0)
    await give_up(hasty)
    again = ask(resolver, "good.test")
    await asyncio.sleep(0)
    names.release.set()
    assert all(await asyncio.gather(*stuck, *again))


async def test_who_was_told_of_a_failure_does_not_drop_the_same_question_of_the_next() -> None:
    quick, slow = Names(released=False), Names(released=False)
    resolver = Resolver(
        lambda host, port, **options: (quick if host == "missing.test" else slow).getaddrinfo(host, port, **options)
    )
    missing = ask(resolver, "missing.test")
    await asyncio.to_thread(quick.asked.acquire)
    stuck = await fill_threads(resolver, slow, WATCHED.threads - 1)
    stuck += ask(resolver, "takes-the-thread.test")
    await asyncio.sleep(0)
    quick.release.set()
    while not missing[0].done():  # one of these comes when the answer is there and nobody has read it yet
        missing += ask(resolver, "missing.test")
        await asyncio.sleep(0)
    slow.release.set()
    async with asyncio.timeout(5):
        ends = await asyncio.gather(*missing, return_exceptions=True)
        assert {type(end) for end in ends} == {socket.gaierror}
        assert all(await asyncio.gather(*stuck))


async def test_watched_names_are_resolved_while_those_of_strangers_are_stuck() -> None:
    stuck, watched = Names(released=False), Names()
    resolver = Resolver(
        lambda host, port, **options: (watched if host == "watched.test" else stuck).getaddrinfo(host, port, **options)
    )
    with for_a_stranger():
        strangers = await fill_threads(resolver, stuck, STRANGERS.threads)
        strangers += ask(resolver, *(f"waits-{n}.test" for n in range(STRANGERS.questions - STRANGERS.threads)))
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        assert await resolver.resolve("watched.test", 443, IPFamily.ANY)
    assert len(stuck.questions) == STRANGERS.threads
    await give_up(strangers)
    stuck.release.set()


async def test_strangers_ask_so_much_at_once_and_again_when_somebody_gave_up() -> None:
    names = Names(released=False)
    resolver = Resolver(names.getaddrinfo)
    with for_a_stranger():
        strangers = await fill_threads(resolver, names, STRANGERS.threads)
        strangers += ask(resolver, *(f"waits-{n}.test" for n in range(STRANGERS.questions - STRANGERS.threads)))
        await asyncio.sleep(0)
        with pytest.raises(TooManyQuestionsError):
            async with asyncio.timeout(5):
                await resolver.resolve("one-more.test", 443, IPFamily.ANY)
        joined = ask(resolver, "waits-0.test")
        await give_up([strangers.pop()])
        one_more = ask(resolver, "one-more.test")
        await asyncio.sleep(0)
    names.release.set()
    assert all(await asyncio.gather(*strangers, *joined, *one_more))


async def test_answers_for_strangers_push_out_no_answer_for_the_list() -> None:
    names = Names()
    resolver = Resolver(names.getaddrinfo)
    await resolver.resolve("watched.test", 443, IPFamily.ANY)
    with for_a_stranger():
        for n in range(STRANGERS.answers + 1):
            await resolver.resolve(f"127.{n >> 16}.{n >> 8 & 255}.{n & 255}", 443, IPFamily.ANY)
    await resolver.resolve("watched.test", 443, IPFamily.ANY)
    assert [host for host, _, _ in names.questions] == ["watched.test"]


def test_a_look_up_that_never_ends_does_not_delay_the_end_of_the_program() -> None:
    program = """
import asyncio, threading
from ocsp_staple_exporter.model import IPFamily
from ocsp_staple_exporter.resolver import Resolver

def hang(*args, **options):
    threading.Event().wait()

async def main():
    try:
        async with asyncio.timeout(0.05):
            await Resolver(hang).resolve("good.test", 443, IPFamily.ANY)
    except TimeoutError:
        print("gave up")

asyncio.run(main())
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True)
    assert ended.stdout == "gave up\n"
