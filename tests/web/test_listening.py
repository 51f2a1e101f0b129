from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from ocsp_staple_exporter.web.listening import ListenAddress, ListenError, listen, name


@pytest.fixture
def taken() -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        yield other.getsockname()[1]


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        (":10627", "", 10627),
        ("127.0.0.1:0", "127.0.0.1", 0),
        ("[::1]:10627", "::1", 10627),
        ("[fe80::1%eth0]:10627", "fe80::1%eth0", 10627),
        ("localhost:65535", "localhost", 65535),
    ],
)
def test_an_address_is_read_and_written_alike(text: str, host: str, port: int) -> None:
    address = ListenAddress.parse(text)
    assert (address.host, address.port) == (host, port)
    assert str(address) == text


@pytest.mark.parametrize(
    "text", ["", "10627", "localhost", "::1:10627", ":65536", ":-1", "a b:1", "http://x:1", "[::1]", ":", "[x]:1", ":٣"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no listen address"):
        ListenAddress.parse(text)


def test_the_kernel_chooses_a_port_and_the_socket_tells_it() -> None:
    (opened,) = listen([ListenAddress("127.0.0.1", 0)])
    with closing(opened):
        host, _, port = name(opened).rpartition(":")
        assert host == "127.0.0.1"
        assert int(port) > 0


def test_no_host_means_both_families_on_one_port() -> None:
    (opened,) = listen([ListenAddress("", 0)])
    with closing(opened):
        port = opened.getsockname()[1]
        socket.create_connection(("127.0.0.1", port)).close()
        if opened.family is socket.AF_INET6:
            assert name(opened) == f"[::]:{port}"
            socket.create_connection(("::1", port)).close()


def test_a_host_without_ipv6_is_served_on_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    create_server = socket.create_server

    def without_ipv6(address: tuple[str, int], **options: Any) -> socket.socket:
        if ":" in address[0]:
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        return create_server(address, **options)

    monkeypatch.setattr(socket, "create_server", without_ipv6)
    (opened,) = listen([ListenAddress("", 0)])
    with closing(opened):
        assert opened.family is socket.AF_INET


def test_an_address_in_use_is_one_clear_line(taken: int) -> None:
    with pytest.raises(ListenError) as caught:
        listen([ListenAddress("127.0.0.1", taken)])
    assert str(caught.value).startswith(f"cannot listen on 127.0.0.1:{taken}: ")
    assert "\n" not in str(caught.value)


def test_all_addresses_are_opened_or_none(taken: int) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        free = probe.getsockname()[1]
    with pytest.raises(ListenError):
        listen([ListenAddress("127.0.0.1", free), ListenAddress("127.0.0.1", taken)])
    (opened,) = listen([ListenAddress("127.0.0.1", free)])
    opened.close()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 100, "192.0.2.1"])
def test_an_address_that_is_not_ours_is_one_clear_line(host: str) -> None:
    with pytest.raises(ListenError, match="cannot listen on"):
        listen([ListenAddress(host, 0)])
