from __future__ import annotations

import pytest
from prometheus_client.exposition import choose_encoder

from ocsp_staple_exporter.web.negotiation import OPENMETRICS_1_0_0, TEXT_0_0_4, TEXT_1_0_0, accepts_gzip, negotiate

PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROMETHEUS_2 = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,*/*;q=0.1"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    "accept", [PROMETHEUS_3, PROMETHEUS_2, BROWSER, "", "*/*", "text/plain", "text/plain;version=1.0.0", "image/png"]
)
def test_what_real_clients_send_is_answered_as_prometheus_client_does(accept: str) -> None:
    assert negotiate(accept)[1] == choose_encoder(accept)[1]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/openmetrics-text;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.5", TEXT_0_0_4),
        ("text/plain;version=0.0.4;q=0.3,application/openmetrics-text;version=1.0.0;q=0.5", OPENMETRICS_1_0_0),
        ("application/openmetrics-text; version=1.0.0; q=0, text/plain; version=1.0.0", TEXT_1_0_0),
        ("text/plain;version=1.0.0,text/plain;version=0.0.4", TEXT_1_0_0),
        ("APPLICATION/OpenMetrics-Text;Version=1.0.0", OPENMETRICS_1_0_0),
        ('application/openmetrics-text;version="1.0.0"', OPENMETRICS_1_0_0),
        ("application/openmetrics-text", OPENMETRICS_1_0_0),
    ],
)
def test_the_scrapers_preference_decides(accept: str, form: object) -> None:
    assert negotiate(accept)[0] is form


@pytest.mark.parametrize(
    "accept",
    [
        "application/openmetrics-text;version=2.0.0",
        "application/openmetrics-text;version=x",
        "text/plain;version=1.0.0;q=much",
        "text/plain;version=1.0.0;q=nan",
        "text/plain;version=1.0.0;q=7",
        ";;;,,,===",
        "application/openmetrics-text;version=0.0.1",
    ],
)
def test_what_we_do_not_write_or_cannot_read_gets_the_oldest_text(accept: str) -> None:
    assert negotiate(accept) == (TEXT_0_0_4, "text/plain; version=0.0.4; charset=utf-8")


def test_a_scheme_that_would_rename_our_metrics_is_not_promised() -> None:
    content_type = negotiate("application/openmetrics-text;version=1.0.0;escaping=dots")[1]
    assert content_type == "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"


@pytest.mark.parametrize("header", ["gzip", "deflate, gzip;q=0.5", "GZIP", "x-gzip"])
def test_gzip_is_used_where_it_is_named(header: str) -> None:
    assert accepts_gzip(header)


@pytest.mark.parametrize("header", ["", "identity", "gzip;q=0", "br, zstd", "gzipped"])
def test_gzip_is_not_used_where_it_is_not(header: str) -> None:
    assert not accepts_gzip(header)
