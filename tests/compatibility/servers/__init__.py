"""Every TLS stack that the exporter is tried against."""

from __future__ import annotations

from tests.compatibility.servers import apache, haproxy, hitch, lighttpd, nginx, s_server, stunnel

STACKS = (
    apache.STACK,
    haproxy.STACK,
    hitch.STACK,
    *lighttpd.STACKS,
    nginx.STACK,
    s_server.STACK,
    stunnel.STACK,
)
