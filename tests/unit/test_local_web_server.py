import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from local.web_server import application

Client = TestClient[web.Request, web.Application]

PAGE = b"<!doctype html><title>Notewire</title>"
FRONT_DOOR_PORT = 18080
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SCRIPT = b"export const answer = 42\n" * 100


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    (tmp_path / "secret").write_text("not of the app")
    root = tmp_path / "dist"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_bytes(PAGE)
    (root / "assets" / "main-abc123.js").write_bytes(SCRIPT)
    (root / "assets" / "main-abc123.js.gz").write_bytes(gzip.compress(SCRIPT))
    async with TestClient(TestServer(application(root, FRONT_DOOR_PORT))) as client:
        yield client


async def test_every_route_of_the_app_is_its_page_and_asked_for_again_each_time(client: Client) -> None:
    for path in ("/", "/notes/0190f3c2", "/people"):
        async with client.get(path) as answer:
            assert await answer.read() == PAGE
            assert answer.headers["Cache-Control"] == "no-cache"
            assert answer.content_type == "text/html"


async def test_a_hashed_file_is_kept_for_ever_and_sent_compressed_to_whoever_accepts_it(client: Client) -> None:
    async with client.get("/assets/main-abc123.js", headers={"Accept-Encoding": "gzip"}) as answer:
        assert await answer.read() == SCRIPT
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.content_type in {"text/javascript", "application/javascript"}
    async with client.get("/assets/main-abc123.js", headers={"Accept-Encoding": "identity"}) as answer:
        assert await answer.read() == SCRIPT
        assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize(
    "path",
    ["/assets/gone-000000.js", "/favicon.png", "/../secret", "/%2e%2e/secret", "/assets/..%2f..%2fsecret"],
)
async def test_what_is_not_of_the_build_is_not_found(client: Client, path: str) -> None:
    async with client.get(path) as answer:
        body = await answer.read()
        assert b"not of the app" not in body
        assert answer.status == 404 or body == PAGE


@pytest.mark.parametrize("path", ["/", "/index.html", "/notes/0190f3c2?tab=shares"])
async def test_a_browser_that_comes_without_the_front_door_is_sent_there(client: Client, path: str) -> None:
    async with client.get(path, headers=BROWSER, allow_redirects=False) as answer:
        assert answer.status == 307
        assert answer.headers["Location"] == f"http://{client.host}:{FRONT_DOOR_PORT}{path}"
        assert answer.headers["Cache-Control"] == "no-store"


async def test_a_browser_that_comes_through_the_front_door_gets_the_page(client: Client) -> None:
    async with client.get("/", headers=BROWSER | {"X-Request-Id": "1"}, allow_redirects=False) as answer:
        assert await answer.read() == PAGE


async def test_what_a_page_loads_is_there_without_the_front_door(client: Client) -> None:
    async with client.get("/assets/main-abc123.js", headers={"Accept": "*/*"}, allow_redirects=False) as answer:
        assert await answer.read() == SCRIPT
