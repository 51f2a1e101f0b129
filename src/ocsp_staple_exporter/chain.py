"""Judges the certificates that a server sent: whether they lead to the trust store and name the host.

Pure: the time and the trust anchors come in as arguments. The verdict is separate from
that on the staple, so that an expired or untrusted chain still has staple series. Path
building is that of `cryptography.x509.verification` (RFC 5280 §6 in the web PKI's profile).

One verification costs some 300 us, so verdicts are kept. Between two moments at which a
certificate of the chain or of the trust store begins or ends to be valid, the verdict
cannot change; the key of the cache holds the number of such moments already passed.
"""

from __future__ import annotations

import ipaddress
import re
import warnings
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from ocsp_staple_exporter.foreign_text import printable
from ocsp_staple_exporter.model import ChainVerdict
from ocsp_staple_exporter.rsa_bounds import excess

VERDICTS_KEPT = 16_384
"""Chains remembered: about 5 kB each where no two hosts share one."""

LARGEST_KEPT = 16 * 1024
"""Bytes of a chain that is remembered; a server that sends more cannot fill the memory."""

TRUST_STORES_KEPT = 16
"""Trust stores remembered: the system's and those of the modules' `ca_file`."""

UNUSABLE = (ValueError, OverflowError, x509.InvalidVersion, x509.DuplicateExtension, UnsupportedAlgorithm)
"""What `cryptography` and `datetime` raise, early or late, over a certificate that they cannot deal with."""

_VERIFIER_SAYS = re.compile(
    r"(?:validation failed: )?(?P<what>.*?)"
    r"(?: \(encountered processing <Certificate\(subject=<Name\((?P<whose>.*)\)>, \.\.\.\)>\))?",
    re.DOTALL,
)
"""The texts of `cryptography`, which change from version to version; what is not understood is shown as it is."""

_IN_PLAIN_WORDS = {
    "no matching subjectAltName": "the certificate is not for {host}",
    "invalid domain name": "no certificate can be verified for the name {host}",  # such as a_b.example
    "not valid at validation time": "{whose} has expired, or is not valid yet",
    "all candidates exhausted with no interior errors": "no certificate that was sent or is trusted issued it: "
    "an intermediate certificate was not sent, or its authority is not in the trust store",
    "signature does not match": "a certificate with the issuer's name is there, but it did not sign",
}
"""By a part of what `cryptography` says."""

NO_TRUST_STORE = ChainVerdict(verified=None, detail="there is no trust store to ask: set ca_file")


def verify_chain(chain: tuple[bytes, ...], host: str, trust_anchors: tuple[bytes, ...], now: datetime) -> ChainVerdict:
    """Look for a path from the leaf to a trust anchor at the time `now` (aware UTC).

    `chain` is DER as sent, leaf first; `host` is the DNS name or IP address that the leaf
    must name (RFC 9525). Never raises: certificates that cannot be read are a verdict.
    """
    if not trust_anchors:
        return NO_TRUST_STORE
    now = now.replace(microsecond=0)  # RFC 5280 §4.1.2.5 counts whole seconds, and so does the verifier
    if sum(map(len, chain)) > LARGEST_KEPT:
        return _verify(chain, host, trust_anchors, now)
    passed = bisect_left(_boundaries(chain), now)
    anchors_passed = bisect_left(_boundaries(trust_anchors), now)
    return _remembered(chain, host, trust_anchors, _Moment(now, passed, anchors_passed))


class _Moment:
    """A time that equals all times between the same two boundaries."""

    __slots__ = ("_passed", "now")

    def __init__(self, now: datetime, *passed: int) -> None:
        self.now = now
        self._passed = passed

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Moment) and self._passed == other._passed

    def __hash__(self) -> int:
        return hash(self._passed)


@lru_cache(maxsize=VERDICTS_KEPT)
def _remembered(chain: tuple[bytes, ...], host: str, trust_anchors: tuple[bytes, ...], moment: _Moment) -> ChainVerdict:
    return _verify(chain, host, trust_anchors, moment.now)


def _verify(chain: tuple[bytes, ...], host: str, trust_anchors: tuple[bytes, ...], now: datetime) -> ChainVerdict:
    try:
        leaf, *intermediates = map(_load, chain)
        verifier = (
            PolicyBuilder()
            .store(_store(trust_anchors))
            .time(now.astimezone(UTC).replace(tzinfo=None))
            .build_server_verifier(_subject(host))
        )
        path = verifier.verify(leaf, [one for one in intermediates if not _takes_too_long(one)])
        detail = f"leads to {printable(path[-1].subject.rfc4514_string())}"
    except (VerificationError, *UNUSABLE) as error:
        return ChainVerdict(verified=False, detail=_in_words(error, host))
    return ChainVerdict(verified=True, detail=detail)


def _in_words(error: Exception, host: str) -> str:
    """What is wrong, then what the verifier calls it."""
    said = _VERIFIER_SAYS.fullmatch(str(error) or type(error).__name__)
    what, whose = (said["what"], said["whose"] or "a certificate of the chain") if said else (str(error), "")
    plain = next((words for part, words in _IN_PLAIN_WORDS.items() if part in what), None)
    if plain is None:
        return printable(f"{whose}: {what}" if said and said["whose"] else what)
    return f"{plain.format(host=printable(host), whose=printable(whose, 100))} ({printable(what, 100)})"


def _subject(host: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


@lru_cache(maxsize=TRUST_STORES_KEPT)
def _store(trust_anchors: tuple[bytes, ...]) -> Store:
    return Store([certificate for certificate, _ in _usable(trust_anchors)])


@lru_cache(maxsize=VERDICTS_KEPT)
def _boundaries(certificates: tuple[bytes, ...]) -> list[datetime]:
    """The last moments before a validity begins, and the last ones of it (RFC 5280 §4.1.2.5)."""
    return sorted({moment for _, moments in _usable(certificates) for moment in moments})


def _usable(certificates: Iterable[bytes]) -> Iterator[tuple[x509.Certificate, tuple[datetime, datetime]]]:
    """Certificates with their two boundaries. What has none that can be computed with can be part of no path."""
    for der in certificates:
        try:
            certificate = _load(der)
            begin = certificate.not_valid_before_utc - timedelta(microseconds=1)
            end = certificate.not_valid_after_utc
        except UNUSABLE:
            continue
        yield certificate, (begin, end)


def _load(der: bytes) -> x509.Certificate:
    with warnings.catch_warnings():
        # A serial number of zero and the like: odd, and for the verifier to judge.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        return x509.load_der_x509_certificate(der)


def _takes_too_long(certificate: x509.Certificate) -> bool:
    """To verify with its key. Of a key that cannot be read the verifier knows what to say."""
    try:
        return excess(certificate.public_key()) is not None
    except UNUSABLE:
        return False
