"""Files for OpenSSL's own server: a key, a leaf and a staple of every kind of key, and their CA."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tls.openssl_server import write_files


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("openssl")
    write_files(directory)
    return directory
