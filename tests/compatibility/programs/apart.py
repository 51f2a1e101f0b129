"""Run a server that listens on all addresses in a network of its own, and lead 127.0.0.1:PORT to it: PORT COMMAND.

A socket stays in the network where it was made: ours is made here, the server's over there.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
RETRY_SECONDS = 0.01


def enter_own_network() -> None:
    """A network namespace, where only loopback is (unshare(2)); who is not root needs a user namespace for it."""
    flags = CLONE_NEWNET | (0 if os.geteuid() == 0 else CLONE_NEWUSER)
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "no network namespace")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def connect_over_there(port: int) -> socket.socket:
    """A connection to the server, once it listens."""
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            time.sleep(RETRY_SECONDS)


def carry(source: socket.socket, destination: socket.socket) -> None:
    """All bytes one way, then the end of them."""
    with suppress(OSError):
        while data := source.recv(65536):
            destination.sendall(data)
    with suppress(OSError):
        destination.shutdown(socket.SHUT_WR)


def relay(here: socket.socket, port: int) -> None:
    with here, connect_over_there(port) as there:
        back = threading.Thread(target=carry, args=(there, here), daemon=True)
        back.start()
        carry(here, there)
        back.join()


def end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def main(port: int, command: list[str]) -> None:
    signal.signal(signal.SIGTERM, end)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        enter_own_network()
        with subprocess.Popen(command, cwd=Path.cwd()) as server:
            try:
                connect_over_there(port).close()
                listener.listen()
                while True:
                    threading.Thread(target=relay, args=(listener.accept()[0], port), daemon=True).start()
            finally:
                server.kill()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
