"""The static web server of a stack on one machine: `python -m local.web_server DIRECTORY ADDRESS PORT FRONT_DOOR_PORT`.

The cluster has nginx for this; both serve a build the same way. aiohttp sends the .br or .gz beside a file to
whoever accepts it.
"""

import sys
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

_FOREVER = "public, max-age=31536000, immutable"
_REVALIDATE = "no-cache"


def application(root: Path, front_door_port: int) -> web.Application:
    """Serves a build: names with a hash under /assets/ for ever, the app's page for every route of the app.

    A browser that asks for a page without the front door is sent there, since the app's calls go to its own origin.
    """
    files = root.resolve(strict=True)

    async def serve(request: web.Request) -> web.StreamResponse:
        path = _inside(files, request.match_info["path"])
        if path is None:
            raise web.HTTPNotFound
        if _is_browser_on_its_own(request):
            there = request.url.with_port(front_door_port)
            raise web.HTTPTemporaryRedirect(there, headers={"Cache-Control": "no-store"})
        if path.is_file():
            hashed = path.parent == files / "assets"
            return web.FileResponse(path, headers={"Cache-Control": _FOREVER if hashed else _REVALIDATE})
        if path.suffix or path.parent == files / "assets":
            raise web.HTTPNotFound
        return web.FileResponse(files / "index.html", headers={"Cache-Control": _REVALIDATE})

    app = web.Application(middlewares=[_no_sniffing])
    app.router.add_get("/{path:.*}", serve)
    return app


def _is_browser_on_its_own(request: web.Request) -> bool:
    # The front door gives every request an id.
    return "text/html" in request.headers.get("Accept", "") and "X-Request-Id" not in request.headers


def _inside(root: Path, name: str) -> Path | None:
    if "\0" in name:
        return None
    path = (root / name).resolve()
    return path if path.is_relative_to(root) else None


@web.middleware
async def _no_sniffing(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


if __name__ == "__main__":
    directory, address, port, front_door_port = sys.argv[1:]
    web.run_app(
        application(Path(directory), int(front_door_port)), host=address, port=int(port), print=None, access_log=None
    )
