"""Every TLS stack that the exporter is tried against."""

from __future__ import annotations

from tests.compatibility.servers import (
    apache,
    botan,
    caddy,
    envoy,
    erlang,
    gnutls_serv,
    granian,
    h2o,
    haproxy,
    hitch,
    java,
    lighttpd,
    nghttpx,
    nginx,
    node,
    pyopenssl,
    s_server,
    stunnel,
    tlslite,
    traffic_server,
)

STACKS = (
    apache.STACK,
    botan.STACK,
    caddy.STACK,
    envoy.STACK,
    gnutls_serv.STACK,
    erlang.STACK,
    granian.STACK,
    h2o.STACK,
    haproxy.STACK,
    hitch.STACK,
    java.STACK,
    *lighttpd.STACKS,
    nghttpx.STACK,
    nginx.STACK,
    node.STACK,
    pyopenssl.STACK,
    s_server.STACK,
    stunnel.STACK,
    tlslite.STACK,
    traffic_server.STACK,
)
