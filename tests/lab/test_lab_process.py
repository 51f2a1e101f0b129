from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from ocsp_staple_exporter.lab.process import (
    ProgramMissingError,
    ServerFailedError,
    find_program,
    reserved_port,
    running,
)

LISTEN = """
import socket, sys
with socket.socket() as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    print("about to listen", file=sys.stderr, flush=True)
    listener.listen()
    while True:
        listener.accept()
"""


def is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_missing_program_is_told_with_its_package() -> None:
    with pytest.raises(ProgramMissingError, match="no-such-server is not installed: apt-get install no-such-package"):
        find_program("no-such-server", package="no-such-package")


def test_a_program_is_found_where_administrators_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))

    assert find_program(Path(sys.executable).name, package="python3")
    assert find_program("ldconfig", package="libc-bin").endswith("sbin/ldconfig")


def test_a_reserved_port_refuses_connections_and_is_given_to_nobody_else() -> None:
    with reserved_port() as port, socket.socket() as other:
        assert not is_open(port)
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))


def test_a_server_runs_as_long_as_the_context(tmp_path: Path) -> None:
    with reserved_port() as port:
        command = [sys.executable, "-c", LISTEN, str(port)]
        with running(command, port=port, directory=tmp_path, error_log=tmp_path / "error.log") as server:
            assert is_open(port)
            assert server.log() == "about to listen\n"
        assert not is_open(port)
        assert server.process.returncode is not None


def test_a_server_is_stopped_when_the_test_fails(tmp_path: Path) -> None:
    with reserved_port() as port:
        command = [sys.executable, "-c", LISTEN, str(port)]
        with (
            pytest.raises(ZeroDivisionError),
            running(command, port=port, directory=tmp_path, error_log=tmp_path / "error.log"),
        ):
            raise ZeroDivisionError
        assert not is_open(port)


def test_a_server_that_ends_at_once_tells_why(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such directive')"]
    with (
        reserved_port() as port,
        pytest.raises(ServerFailedError, match="no such directive"),
        running(command, port=port, directory=tmp_path, error_log=tmp_path / "error.log"),
    ):
        pass
