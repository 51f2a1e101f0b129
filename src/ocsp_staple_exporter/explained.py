"""What a probe found out about a staple in full: a result keeps what it comes to, and not how."""

from __future__ import annotations

from collections.abc import Iterator

from ocsp_staple_exporter import ocsp
from ocsp_staple_exporter.model import Certificate, Endpoint, Handshake, Observation, ProbeResult, Verdict
from ocsp_staple_exporter.ocsp.checks import Result


def issuer_candidates(endpoint: Endpoint, handshake: Handshake) -> tuple[bytes, ...]:
    """Certificates (DER) among which the leaf's issuer is sought: what the server sent, then `issuer_file`."""
    return handshake.chain[1:] + endpoint.module.issuers


def issuer_of(result: ProbeResult) -> Certificate | None:
    """The leaf's issuer; None where no handshake was read, or none of the candidates is it."""
    if not isinstance(result.outcome, Observation):
        return None
    handshake = result.outcome.handshake
    return ocsp.read_issuer(handshake.leaf, issuer_candidates(result.endpoint, handshake))


def checks_of(result: ProbeResult) -> tuple[Result, ...]:
    """Every check of the staple, as of the moment at which the probe judged it; empty where none came."""
    seen = result.outcome
    if not isinstance(seen, Observation) or seen.handshake.staple is None:
        return ()
    handshake = seen.handshake
    return ocsp.explain(
        seen.handshake.staple,
        handshake.leaf,
        issuer_candidates(result.endpoint, handshake),
        seen.judged_at,
        clock_skew=result.endpoint.module.clock_skew,
    )


def handshakes_in_words(seen: Observation) -> str | None:
    """How many carried a staple, and what else there is to say of them; None where one was all that was due."""
    rounds = seen.rounds
    if rounds is None:
        return None
    read, failed = len(seen.handshakes), len(rounds.seen) - len(seen.handshakes)
    staples = len({one.handshake.staple for one in seen.handshakes} - {None})
    words = [
        f"{seen.stapled} of {read} carried a staple",
        f"{staples} different ones" if staples > 1 else "",
        f"the last {rounds.retries} as a retry" if rounds.retries > 1 else "the last as a retry" * rounds.retries,
        f"{failed} more failed" if failed else "",
        f"{rounds.left_out} left out, since the timeout had no room for more" if rounds.left_out else "",
    ]
    return "; ".join(filter(None, words))


def sent_certificates(seen: Observation) -> Iterator[tuple[bytes, bytes | None, Verdict | None]]:
    """Each certificate of the chain as sent, with its staple and what that is worth."""
    handshake = seen.handshake
    leaf = seen.assessment if isinstance(seen.assessment, Verdict) else None
    others = seen.others or (None,) * (len(handshake.chain) - 1)
    return zip(handshake.chain, handshake.staples, (leaf, *others), strict=True)
