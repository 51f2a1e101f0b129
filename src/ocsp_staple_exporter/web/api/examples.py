"""An example of every answer, for the OpenAPI document. As objects of the models they cannot disagree with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from ocsp_staple_exporter.diagnosis import State
from ocsp_staple_exporter.discovery import Source
from ocsp_staple_exporter.documents import (
    Certificate,
    Check,
    CheckOutcome,
    Document,
    Finding,
    Handshakes,
    OneHandshake,
    Verdict,
)
from ocsp_staple_exporter.model import (
    Addresses,
    CertStatus,
    Conclusion,
    IPFamily,
    Phase,
    Reason,
    ResponseStatus,
    StaplePolicy,
    TLSVersion,
)
from ocsp_staple_exporter.ocsp.checks import Severity
from ocsp_staple_exporter.web.api import models, shown, status

_NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_STALE = Finding(
    reason=Reason.EXPIRED,
    detail="nextUpdate was 2026-03-01T11:00:00Z, now is 2026-03-01T12:00:00Z",
)

_STAPLE_SHA256 = "be114d9de0ebe9c368183f548d34b16355001013656a0819a27dcb6e4f5c4d05"

_LEAF = Certificate(
    subject="CN=www.example.com",
    issuer="CN=Example Issuing CA,O=Example",
    serial_number="1c30457f8e7e61a3669b581d172d92a9040eb712",
    fingerprint_sha256="b9b66643adc052ac9cbb1eabce60a65f3c8945afb10c3587237e02127d453e01",
    not_before=_NOW - 24 * _HOUR,
    not_after=_NOW + 89 * 24 * _HOUR,
    key_type="ecdsa",
    ocsp_urls=("http://ocsp.example.net/",),
    must_staple=False,
)

_SUMMARY = models.Summary(
    id="1b9afc2066929cc5",
    target="www.example.com:443",
    host="www.example.com",
    port=443,
    server_name="www.example.com",
    module="default",
    fan_out=models.FanOut(address=None, key_type=None, tls_version=None),
    labels={"team": "web"},
    state=State.INVALID,
    probe=models.Probe(started_at=_NOW, duration_seconds=0.0241, address="192.0.2.1", error=None),
    staple_present=True,
    staple_expected=True,
    must_staple=False,
    certificate_not_after=_LEAF.not_after,
    cert_status=CertStatus.GOOD,
    next_update=_NOW - _HOUR,
    seconds_until_next_update=-3600,
    errors=(_STALE,),
    warnings=(),
)

_DETAIL = models.Detail(
    **dict(_SUMMARY),
    answered_at=_NOW,
    settings=models.Settings(
        interval_seconds=60,
        timeout_seconds=15,
        starttls=None,
        addresses=Addresses.ONE,
        key_types=(),
        tls_versions=(),
        ip_family=IPFamily.ANY,
        staple=StaplePolicy.AUTO,
        handshakes=1,
        staple_retries=1,
        staple_retry_delay_seconds=1,
        clock_skew_seconds=300,
        server_name=None,
        sni=True,
        proxy_url=None,
        proxy_protocol=None,
        source_address=None,
        issuers=0,
        trust_anchors=None,
    ),
    openssl_command="openssl s_client -connect www.example.com:443 -servername www.example.com -status </dev/null",
    diagnosis=models.Diagnosis(
        headline="The staple is stale.",
        effect="Strict clients refuse the connection.",
        cause="The server does not fetch a new response from its CA.",
        fixes=(models.Fix(software=None, text="Look into the server's error log.", snippet=None),),
        runbook="OCSPStapleStale",
    ),
    phases=(
        models.PhaseDuration(phase=Phase.RESOLVE, seconds=0.0008),
        models.PhaseDuration(phase=Phase.CONNECT, seconds=0.0102),
        models.PhaseDuration(phase=Phase.HANDSHAKE, seconds=0.0126),
        models.PhaseDuration(phase=Phase.JUDGE, seconds=0.0005),
    ),
    handshake=shown.Handshake(
        tls_version=TLSVersion.TLS_1_3,
        cipher_suite="TLS_AES_128_GCM_SHA256",
        group="x25519",
        signature_scheme="ecdsa_secp256r1_sha256",
        client_certificate_requested=False,
        finished=True,
        conclusion=Conclusion.COMPLETED,
        key_proven=True,
        status_acknowledged=None,
    ),
    handshakes=Handshakes(
        stapled=1,
        not_stapled=0,
        failed=0,
        left_out=0,
        each=(
            OneHandshake(
                retry=False,
                stapled=True,
                leaf_sha256=_LEAF.fingerprint_sha256,
                staple_sha256=_STAPLE_SHA256,
                verified=False,
                next_update=_NOW - _HOUR,
                error=None,
            ),
        ),
    ),
    chain=(
        shown.SentCertificate(
            size_bytes=734,
            sha256=_LEAF.fingerprint_sha256,
            der_base64="MIIC2j...",
            certificate=_LEAF,
            unreadable=None,
            staple_base64="MIIC5Q...",
            verdict=None,
        ),
    ),
    chain_verdict=shown.ChainVerdict(verified=True, detail="leads to CN=Example Root CA,O=Example"),
    leaf=_LEAF,
    issuer=None,
    staple=shown.Staple(
        size_bytes=745,
        sha256=_STAPLE_SHA256,
        der_base64="MIIC5Q...",
    ),
    judged_at=_NOW,
    verdict=Verdict(
        verified=False,
        response_status=ResponseStatus.SUCCESSFUL,
        cert_status=CertStatus.GOOD,
        revocation_time=None,
        revocation_reason=None,
        produced_at=_NOW - 14 * _HOUR,
        this_update=_NOW - 14 * _HOUR,
        next_update=_NOW - _HOUR,
        seconds_until_next_update=-3600,
        responder="key hash 4b0e3eb646ccd2c80e8af19eff3c9697f7127b3a",
        responder_not_after=_NOW + 29 * 24 * _HOUR,
        signature_algorithm="ecdsa-with-SHA256",
        cert_id_hash="sha1",
        errors=(_STALE,),
        warnings=(),
    ),
    checks=(
        Check(
            name="nextUpdate has not passed",
            clause="RFC 6960 §3.2 (6)",
            severity=Severity.ERROR,
            outcome=CheckOutcome.FAILED,
            reason=Reason.EXPIRED,
            detail=_STALE.detail,
        ),
    ),
    history=(models.Past(started_at=_NOW, duration_seconds=0.0241, state=State.INVALID, reasons=("expired",)),),
)

_STATUS = status.Status(
    answered_at=_NOW,
    version="1.0.0",
    revision="unknown",
    started_at=_NOW - 72 * _HOUR,
    ready=True,
    configuration=status.Configuration(
        files=("/etc/ocsp-staple-exporter/config.yaml",),
        probe_on_demand=False,
        last_loading=status.Loading(at=_NOW - 72 * _HOUR, succeeded=True, problems=()),
    ),
    lists=(
        status.ListOfTargets(
            source=Source.FILE,
            name="/etc/ocsp-staple-exporter/targets/web.json",
            targets=1,
            of_other_shards=0,
            repeated=0,
            shadowed=0,
            read_at=_NOW - _HOUR,
            problems=("/etc/ocsp-staple-exporter/targets/web.json: cannot be read: No such file or directory",),
        ),
    ),
    shard=status.Shard(ordinal=0, total=1),
    resolution=status.Resolution(
        unresolved=1,
        first=(status.UnresolvedTarget(target="old.example.com:443", detail="Name or service not known", addresses=0),),
    ),
    endpoints=status.Population(total=1, states={state: int(state is State.INVALID) for state in State}),
    probing=status.Probing(in_flight=0, in_flight_limit=256, lag_seconds=0.001),
    resident_memory_bytes=62_914_560,
)

EXAMPLES: Mapping[type[Document], Document] = {
    models.EndpointList: models.EndpointList(
        answered_at=_NOW, total=1, limit=100, offset=0, next_offset=None, endpoints=(_SUMMARY,)
    ),
    models.Detail: _DETAIL,
    status.Status: _STATUS,
}
