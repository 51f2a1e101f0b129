"""The MACs of the key schedules, beside Python's own `hmac`."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocsp_staple_exporter.tls.mac import HMAC


@pytest.mark.parametrize("hash_name", ["sha256", "sha384"])
@given(key=st.binary(max_size=300), messages=st.lists(st.binary(max_size=300), max_size=3))
def test_every_message_under_a_key_gets_the_mac_that_python_gives_it(
    hash_name: str, key: bytes, messages: list[bytes]
) -> None:
    mac = HMAC(hash_name, key)
    assert [mac.digest(message) for message in messages] == [
        hmac.digest(key, message, hash_name) for message in messages
    ]


@pytest.mark.parametrize(("hash_name", "block"), [("sha256", 64), ("sha384", 128)])
def test_a_key_longer_than_a_block_is_hashed_first(hash_name: str, block: int) -> None:
    for length in (block - 1, block, block + 1):
        key = bytes(range(1, length + 1))
        assert HMAC(hash_name, key).digest(b"m") == hmac.digest(key, b"m", hash_name), length
