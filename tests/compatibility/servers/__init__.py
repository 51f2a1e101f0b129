"""Every TLS stack that the exporter is tried against."""

from __future__ import annotations

from tests.compatibility.servers import (
    apache,
    caddy,
    envoy,
    granian,
    h2o,
    haproxy,
    hitch,
    lighttpd,
    nghttpx,
    nginx,
    node,
    pyopenssl,
    s_server,
    stunnel,
    tlslite,
)

STACKS = (
    apache.STACK,
    caddy.STACK,
    envoy.STACK,
    granian.STACK,
    h2o.STACK,
    haproxy.STACK,
    hitch.STACK,
    *lighttpd.STACKS,
    nghttpx.STACK,
    nginx.STACK,
    node.STACK,
    pyopenssl.STACK,
    s_server.STACK,
    stunnel.STACK,
    tlslite.STACK,
)
