from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest

from ocsp_staple_exporter.web.listening import ListenError, name, systemd_sockets


@contextmanager
def passed(*descriptors: int) -> Iterator[int]:
    """Copies of these, one after the other, as systemd passes them; yields the number of the first."""
    first = 200
    for offset, descriptor in enumerate(descriptors):
        os.dup2(descriptor, first + offset, inheritable=True)
    try:
        yield first
    finally:
        for offset in range(len(descriptors)):
            with suppress(OSError):  # closed by whom it was passed to
                os.close(first + offset)


def environment(count: int, pid: int | None = None, names: str = "") -> dict[str, str]:
    return {"LISTEN_PID": str(pid or os.getpid()), "LISTEN_FDS": str(count), "LISTEN_FDNAMES": names, "HOME": "/"}


def test_sockets_are_taken_over_in_order_and_not_passed_on() -> None:
    environ = environment(2, names="http:unix")
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        tcp = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
        unix = stack.enter_context(closing(socket.socket(socket.AF_UNIX)))
        unix.bind(f"{directory}/socket")
        unix.listen()
        with passed(tcp.fileno(), unix.fileno()) as first:
            sockets = systemd_sockets(environ, first=first)
            for one in sockets:
                stack.enter_context(closing(one))
            assert [name(one) for one in sockets] == [name(tcp), f"unix:{directory}/socket"]
            assert not any(one.get_inheritable() for one in sockets)
            assert [one.family for one in sockets] == [socket.AF_INET, socket.AF_UNIX]
            for one in sockets:
                one.close()
    assert environ == {"HOME": "/"}


@pytest.mark.parametrize(
    "environ",
    [
        {},
        environment(1, pid=1),
        environment(0),
        environment(1) | {"LISTEN_FDS": "x"},
        environment(1) | {"LISTEN_PID": ""},
    ],
)
def test_no_socket_is_one_clear_line(environ: dict[str, str]) -> None:
    with pytest.raises(ListenError) as caught:
        systemd_sockets(environ)
    assert str(caught.value) == (
        "--web.systemd-socket: systemd passed no socket; start the socket unit, not the service alone"
    )


def test_what_is_no_listening_socket_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with ExitStack() as stack:
        file = stack.enter_context((tmp_path / "file").open())
        idle = stack.enter_context(closing(socket.socket()))
        good = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
        for bad, complaint in (
            (file.fileno(), r"file descriptor 201 \(odd\) is no socket: Socket operation on non-socket"),
            (idle.fileno(), r"file descriptor 201 \(odd\) does not listen: the socket unit needs ListenStream= and"),
        ):
            with passed(good.fileno(), bad) as first, pytest.raises(ListenError, match=complaint):
                systemd_sockets(environment(2, names="good:odd"), first=first)
