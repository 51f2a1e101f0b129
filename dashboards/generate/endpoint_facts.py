"""The lower half of the dashboard Endpoint: the names and numbers that a server shows, and how probing it went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dashboards.generate.board import AnyPanel
from dashboards.generate.panels import Column, Place, grid, lines, over_time, paint, rename, rows, stacked
from dashboards.generate.promql import Endpoints


def facts(shown: Endpoints) -> Iterator[AnyPanel]:
    """What the info metrics say."""
    yield _info(
        shown,
        Place(30, "Certificate", "The leaf that the server shows.", 24, 4),
        "certificate_info",
        {
            "subject": Column("Subject"),
            "issuer": Column("Issuer"),
            "serial_number": Column("Serial number", 370),
            "fingerprint_sha256": Column("SHA-256", 580),
        },
    )
    yield _info(
        shown,
        Place(31, "Response", "Who signed the staple, and how. Nothing here: none came, or it does not say.", 12, 4),
        "response_info",
        {
            "responder": Column("Responder"),
            "signature_algorithm": Column("Signature", 180),
            "cert_id_hash": Column("CertID's hash", 110),
        },
    )
    yield _info(
        shown,
        Place(32, "Handshake", "What the server chose, and the address that answered.", 12, 4),
        "handshake_info",
        {
            "address": Column("Address", 150),
            "tls_version": Column("TLS", 60),
            "cipher_suite": Column("Cipher suite"),
            "group": Column("Group", 120),
            "key_type": Column("Key", 80),
        },
    )


def probes(shown: Endpoints) -> Iterator[AnyPanel]:
    """How probing went."""
    phases = lines(
        Place(40, "Duration by phase", "Of the last probe. judge: verifying staple and chain, on our side.", 8, 8),
        over_time((f"max by (phase) ({shown.of('probe_duration_seconds')})", "{{phase}}")),
        unit="s",
    )
    yield stacked(phases)
    handshakes = lines(
        Place(
            41,
            "Handshakes with and without a staple",
            "Of the last probe, retries included. Both again and again: some of the server's workers staple.",
            8,
            8,
        ),
        over_time((f"sum by (stapled) ({shown.of('handshakes')})", "{{stapled}}")),
    )
    paint(handshakes, {"true": "green", "false": "orange"})
    yield rename(stacked(handshakes), {"true": "stapled", "false": "not stapled"})
    chain = lines(
        Place(
            42,
            "Staples of the chain",
            "Certificates that the server sent, by what came for each. Most servers staple for the leaf alone.",
            8,
            8,
        ),
        over_time((f"sum by (staple) ({shown.of('chain_certificates')})", "{{staple}}")),
    )
    yield stacked(paint(chain, {"accepted": "green", "rejected": "red", "none": "blue"}))


def _info(shown: Endpoints, place: Place, metric: str, columns: dict[str, Column]) -> AnyPanel:
    return grid(place, rows(f"max by ({_list(columns)}) ({shown.of(metric)})"), columns, key=next(iter(columns)))


def _list(labels: Sequence[str] | dict[str, Column]) -> str:
    return ", ".join(labels)
