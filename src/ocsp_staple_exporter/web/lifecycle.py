"""/-/healthy, /-/ready and /-/reload: what whoever runs the exporter asks of it."""

from __future__ import annotations

from aiohttp import web

from ocsp_staple_exporter.web.parts import Parts


def routes(parts: Parts) -> list[web.RouteDef]:
    """The conventions of Prometheus's own servers."""

    async def healthy(_request: web.Request) -> web.Response:
        return web.Response(text="Healthy.\n")

    async def ready(_request: web.Request) -> web.Response:
        return web.Response(text="Ready.\n") if parts.is_ready() else web.Response(status=503, text="Not ready.\n")

    async def reload(request: web.Request) -> web.Response:
        if request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:  # only browsers send it
            return web.Response(status=403, text="A page of another site may not have the configuration reloaded.\n")
        loading = await parts.reload()
        if loading.problems:
            lines = ("The configuration was not reloaded; the running one stays in force.", *loading.problems)
            return web.Response(status=500, text="".join(f"{line}\n" for line in lines))
        return web.Response(text="Reloaded.\n")

    return [
        web.get("/-/healthy", healthy),
        web.get("/-/ready", ready),
        web.post("/-/reload", reload),
        web.put("/-/reload", reload),  # as Prometheus has it
    ]
