"""OpenSSL 4 as the other side: hybrid groups and ML-DSA, which Debian's program does not know."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocsp_staple_exporter.model import KeyType, TLSVersion
from ocsp_staple_exporter.tls.groups import Group
from ocsp_staple_exporter.tls.hybrids import HYBRID_GROUPS
from tests.tls.openssl_server import CURVES, pyopenssl_server, shake_hands
from tests.tls.tls_lab import credential

EVERY_GROUP = (*CURVES, *HYBRID_GROUPS)


@pytest.mark.parametrize("group", HYBRID_GROUPS, ids=lambda group: group.name)
def test_a_server_that_insists_on_a_hybrid_asks_for_it_by_a_retry(files: Path, group: Group) -> None:
    with pyopenssl_server(files, "p256", group.name.encode()) as port:
        handshake = shake_hands(port, *TLSVersion, groups=EVERY_GROUP)
    assert (handshake.group, handshake.staple) == (group.name, credential("p256").staple)


def test_a_server_that_only_prefers_a_hybrid_is_spared_the_retry(files: Path) -> None:
    """OpenSSL 3.5 and later would ask for one by default if it were named."""
    with pyopenssl_server(files, "p256") as port:
        assert shake_hands(port, *TLSVersion).group == "x25519"
    with pyopenssl_server(files, "p256") as port:
        assert shake_hands(port, *TLSVersion, groups=EVERY_GROUP).group == "X25519MLKEM768"


@pytest.mark.parametrize(
    ("kind", "key_type"),
    [("mldsa44", KeyType.ML_DSA_44), ("mldsa65", KeyType.ML_DSA_65), ("mldsa87", KeyType.ML_DSA_87)],
)
def test_a_leaf_with_ml_dsa_proves_itself(files: Path, kind: str, key_type: KeyType) -> None:
    with pyopenssl_server(files, kind) as port:
        handshake = shake_hands(port, *TLSVersion, key_type=key_type)
    assert (handshake.signature_scheme, handshake.leaf) == (kind, credential(kind).chain[0])
    assert handshake.staple == credential(kind).staple
