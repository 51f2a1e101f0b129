"""Hybrid groups: asked for by HelloRetryRequest only, and refused in any other form than their own."""

from __future__ import annotations

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import mlkem

from ocsp_staple_exporter.lab.tls_key_exchange import answer
from ocsp_staple_exporter.lab.tls_server import ServerHandshake, Terms
from ocsp_staple_exporter.model import HandshakeError, ProbeFailure
from ocsp_staple_exporter.tls import ClientHandshake, hybrids
from ocsp_staple_exporter.tls.groups import GROUPS, Group
from ocsp_staple_exporter.tls.hybrids import CIPHERTEXT_LENGTH, HYBRID_GROUPS, X25519MLKEM768
from tests.tls.tls_faults import SHOWN
from tests.tls.tls_lab import Deliver, byte_by_byte, converse, whole

EVERY_GROUP = (*GROUPS.values(), *HYBRID_GROUPS)
SHARE_LENGTHS = {"X25519MLKEM768": (1184 + 32, 1088 + 32), "SecP256r1MLKEM768": (65 + 1184, 65 + 1088)}


@pytest.mark.parametrize("deliver", [whole, byte_by_byte])
@pytest.mark.parametrize("group", HYBRID_GROUPS, ids=lambda group: group.name)
def test_a_retry_is_followed_into_a_hybrid(group: Group, deliver: Deliver) -> None:
    client = ClientHandshake("leaf.test", groups=EVERY_GROUP)
    handshake = converse(client, ServerHandshake(lambda _: SHOWN, Terms(groups=(group,))), deliver)
    assert (handshake.group, handshake.staple) == (group.name, SHOWN.staple)


def test_no_hybrid_is_offered_unless_it_is_asked_for() -> None:
    with pytest.raises(HandshakeError, match=r"handshake_failure \(40\)"):
        converse(ClientHandshake("leaf.test"), ServerHandshake(lambda _: SHOWN, Terms(groups=(X25519MLKEM768,))))


@pytest.mark.parametrize("group", HYBRID_GROUPS, ids=lambda group: group.name)
def test_shares_are_as_long_as_their_group_says(group: Group) -> None:
    ours, theirs = SHARE_LENGTHS[group.name]
    key = group.generate()
    answered = answer(group, key.public)
    assert (len(key.public), len(answered.public)) == (ours, theirs)
    assert key.shared_secret(answered.public) == answered.shared_secret
    assert len(answered.shared_secret) == 64


@pytest.mark.parametrize("group", HYBRID_GROUPS, ids=lambda group: group.name)
@pytest.mark.parametrize("length", [0, 1, 32, 65, CIPHERTEXT_LENGTH, CIPHERTEXT_LENGTH + 31, CIPHERTEXT_LENGTH + 66])
def test_a_share_of_another_length_is_refused(group: Group, length: int) -> None:
    with pytest.raises(HandshakeError) as caught:
        group.generate().shared_secret(b"\x04" * length)
    assert caught.value.reason is ProbeFailure.ILLEGAL_PARAMETER


def test_without_ml_kem_there_is_no_hybrid_to_offer(monkeypatch: pytest.MonkeyPatch) -> None:
    """An OpenSSL before 3.5 below `cryptography`."""

    def unsupported() -> None:
        raise UnsupportedAlgorithm("ML-KEM-768 is not supported by this backend.")

    assert hybrids._supported()
    monkeypatch.setattr(mlkem.MLKEM768PrivateKey, "generate", unsupported)
    assert not hybrids._supported()
