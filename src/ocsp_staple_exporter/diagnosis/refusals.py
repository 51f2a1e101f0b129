"""A server that refuses what one endpoint of a fan-out alone asks of it."""

from __future__ import annotations

from ocsp_staple_exporter.diagnosis.diagnosis import Fix, Software
from ocsp_staple_exporter.diagnosis.servers import APACHE_VERSIONS, NGINX_VERSIONS
from ocsp_staple_exporter.diagnosis.story import Story

NO_SUCH_KEY = Story(
    headline="$host has no certificate with an $key_type key, as it seems: $detail",
    cause="The module asks for a certificate of this kind by `key_types`, and the server has none, or has one no more.",
    fixes=(
        Fix(
            software=Software.NGINX,
            text="Give both certificates to the server block.",
            snippet="# in the server block\nssl_certificate /etc/nginx/tls/$site.ecdsa.chain.pem;\n"
            "ssl_certificate_key /etc/nginx/tls/$site.ecdsa.key.pem;\n"
            "ssl_certificate /etc/nginx/tls/$site.rsa.chain.pem;\n"
            "ssl_certificate_key /etc/nginx/tls/$site.rsa.key.pem;",
        ),
        Fix(
            software=Software.APACHE,
            text="Give both certificates to the virtual host.",
            snippet="# in the VirtualHost\nSSLCertificateFile /etc/apache2/tls/$site.ecdsa.chain.pem\n"
            "SSLCertificateKeyFile /etc/apache2/tls/$site.ecdsa.key.pem\n"
            "SSLCertificateFile /etc/apache2/tls/$site.rsa.chain.pem\n"
            "SSLCertificateKeyFile /etc/apache2/tls/$site.rsa.key.pem",
        ),
        Fix(
            software=None,
            text="Where the server is meant to have one certificate, give its targets a module without `key_types`.",
            snippet="# configuration of the exporter\nmodules:\n  one_certificate: {}\ntargets:\n  - host: $site\n"
            "    port: $port\n    module: one_certificate",
        ),
    ),
    runbook="OCSPProbeFailing",
    effect="Clients that know only this kind of key cannot connect; others see the other certificate.",
)
NO_SUCH_VERSION = Story(
    headline="$host does not speak TLS $tls_version: $detail",
    cause="The module asks for this version by `tls_versions`, and the server does not have it switched on.",
    fixes=(
        NGINX_VERSIONS,
        APACHE_VERSIONS,
        Fix(
            software=None,
            text="Where the server is meant to go without it, give its targets a module without `tls_versions`.",
            snippet="# configuration of the exporter\nmodules:\n  any_version: {}\ntargets:\n  - host: $site\n"
            "    port: $port\n    module: any_version",
        ),
    ),
    runbook="OCSPProbeFailing",
    effect="Clients of this version alone cannot connect; others do not notice.",
)
