"""What every answer carries, the document, health and the web client (OP-06)."""

import gzip
from pathlib import Path

import pytest

from platform_api.http.health import Readiness
from platform_api.http.middleware import FIGURES
from platform_api.http.settings import HttpSettings
from platform_api.http.static import WebClient
from tests.platform_api.http.conftest import Client, Start

PATHS = (
    "/",
    "/assets/app-3f9a2b1c.js",
    "/api/v1/things/x",
    "/api/docs",
    "/api/openapi.json",
    "/healthz",
    "/whip/none",
)


def policy_of(header: str) -> dict[str, str]:
    """The directives of a content security policy."""
    return {part.split()[0]: " ".join(part.split()[1:]) for part in header.split(";") if part.strip()}


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A built web client."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Scopecast</title>", encoding="utf-8")
    script = tmp_path / "assets" / "app-3f9a2b1c.js"
    script.write_text("console.log('plain')")
    script.with_name(script.name + ".gz").write_bytes(gzip.compress(b"console.log('plain')"))
    (tmp_path / "manifest.webmanifest").write_text("{}")
    return tmp_path


async def test_OP_06_every_answer_carries_the_headers(start: Start, dist: Path) -> None:
    client = await start(web_client=WebClient(dist))
    for path in PATHS:
        headers = (await client.get(path)).headers
        policy = policy_of(headers["Content-Security-Policy"])
        assert policy["frame-ancestors"] == "'none'", path
        assert policy["base-uri"] == "'none'", path
        assert "unsafe" not in headers["Content-Security-Policy"], path
        assert "*" not in headers["Content-Security-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        for word in ("camera=(self)", "microphone=(self)", "display-capture=(self)", "geolocation=()"):
            assert word in headers["Permissions-Policy"]
        assert "Server" not in headers
        assert "Strict-Transport-Security" not in headers  # plain http
        assert not [name for name in headers if name.startswith("Access-Control-")]


async def test_OP_06_the_api_is_never_stored_and_says_hsts_over_tls(start: Start) -> None:
    client = await start(HttpSettings(trusted_proxies=("127.0.0.1/32",)))
    answer = await client.get(
        "/api/v1/things/x", headers={"X-Forwarded-Proto": "https", "Host": "scopecast.hospital.cn"}
    )

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert policy_of(answer.headers["Content-Security-Policy"])["default-src"] == "'none'"


async def test_AZ_03_the_document_names_each_operations_permission(client: Client) -> None:
    document = await (await client.get("/api/openapi.json")).json()

    assert document["openapi"] == "3.1.0"
    found = {
        f"{method} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert found["delete /api/v1/things"]["x-permission"] == "things.forget"
    post = found["post /api/v1/things"]
    assert (post["x-permission"], post["security"]) == ("public", [])
    assert set(post["responses"]) == {"201", "400", "413", "415", "422", "429", "503"}
    assert post["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/Draft")
    names = [parameter["name"] for parameter in found["get /api/v1/things"]["parameters"]]
    assert names == ["limit", "cursor"]
    assert "Problem" in document["components"]["schemas"]
    assert found["get /api/v1/things/{id}"]["parameters"][0]["in"] == "path"


async def test_the_page_of_the_document_stands_alone(client: Client) -> None:
    page = await client.get("/api/docs")
    assert page.content_type == "text/html"
    text = await page.text()
    assert "http://" not in text
    assert "https://" not in text
    assert "<style" not in text
    assert (await client.get("/api/docs/docs.js")).content_type == "text/javascript"
    assert (await client.get("/api/docs/index.html")).status == 404
    assert (await client.get("/api/docs/..%2f__init__.py")).status == 404


async def test_readiness_tells_each_part(client: Client, readiness: Readiness) -> None:
    async def works() -> None:
        return None

    async def is_away() -> None:
        raise ConnectionRefusedError("secret address")

    assert (await client.get("/healthz")).status == 200
    readiness.add("db", works)
    assert (await client.get("/readyz")).status == 200
    readiness.add("media", is_away)
    answer = await client.get("/readyz")
    assert answer.status == 503
    assert await answer.json() == {"status": "degraded", "parts": {"db": "ok", "media": "away"}}


async def test_figures_are_for_this_machine_alone_unless_set(start: Start) -> None:
    here = await start()
    await here.get("/api/v1/things/01900000-0000-7000-8000-000000000000")
    text = await (await here.get("/metrics")).text()
    assert 'route="/api/v1/things/{id}"' in text
    assert "01900000" not in text

    fetched: list[str] = []

    async def fetch() -> None:
        fetched.append("of another process")

    assert here.app is not None
    here.app[FIGURES].refresh.append(fetch)
    await here.get("/metrics")
    assert fetched == ["of another process"]

    elsewhere = await start(HttpSettings(metrics_from=("10.0.0.0/8",)))
    assert (await elsewhere.get("/metrics")).status == 404


async def test_the_web_client_is_served_by_name_and_its_pages_by_the_shell(start: Start, dist: Path) -> None:
    client = await start(web_client=WebClient(dist))
    hashed = await client.get("/assets/app-3f9a2b1c.js", headers={"Accept-Encoding": "gzip"})
    assert (hashed.status, hashed.headers["Content-Encoding"]) == (200, "gzip")
    assert hashed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for page in ("/", "/sessions/42/live", "/i/some-code"):
        answer = await client.get(page)
        assert (answer.status, answer.content_type) == (200, "text/html"), page
        assert answer.headers["Cache-Control"] == "no-cache"
    for missing in ("/assets/none-12345678.js", "/robots.txt", "/api/none", "/replay/none", "/socket.io/x"):
        answer = await client.get(missing)
        assert (answer.status, answer.content_type) == (404, "application/problem+json"), missing


async def test_a_client_built_while_we_run_is_served_and_the_old_one_gone(start: Start, dist: Path) -> None:
    client = await start(web_client=WebClient(dist))
    assert (await client.get("/assets/app-3f9a2b1c.js")).status == 200
    old = dist / "assets" / "app-3f9a2b1c.js"
    old.with_name(old.name + ".gz").unlink()
    old.rename(dist / "assets" / "app-9c8b7a6f.js")
    (dist / "index.html").write_text("<!doctype html><title>New</title>", encoding="utf-8")

    new, page = await client.get("/assets/app-9c8b7a6f.js"), await client.get("/app")
    gone = await client.get("/assets/app-3f9a2b1c.js")

    assert (new.status, new.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
    assert "<title>New</title>" in await page.text()
    assert page.headers["Cache-Control"] == "no-cache"
    assert (gone.status, gone.content_type) == (404, "application/problem+json")
    assert "immutable" not in gone.headers.get("Cache-Control", "")


async def test_a_client_that_is_built_after_the_start_is_served(start: Start, tmp_path: Path) -> None:
    client = await start(web_client=WebClient(tmp_path / "later"))
    assert (await client.get("/")).status == 404
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "index.html").write_text("<!doctype html>", encoding="utf-8")

    assert (await client.get("/")).status == 200


async def test_UP_02_a_link_out_of_the_client_and_what_is_not_of_it_are_not_served(
    start: Start, dist: Path
) -> None:
    secret = dist.parent / "secret.js"
    secret.write_text("not of the client")
    (dist / "assets" / "link-12345678.js").symlink_to(secret)
    (dist / "outside").symlink_to(dist.parent)
    (dist / ".hidden.js").write_text("not of the client")
    (dist / "assets" / "app-3f9a2b1c.js.map").write_text("{}")
    client = await start(web_client=WebClient(dist))

    for path in (
        "/assets/link-12345678.js",
        "/outside/secret.js",
        "/.hidden.js",
        "/assets/app-3f9a2b1c.js.map",
        "/assets/app-3f9a2b1c.js.gz",
        "/assets/",
        "/assets/../index.html%00.js",
        "/" + "a" * 4000 + ".js",
    ):
        answer = await client.get(path)
        assert (answer.status, answer.content_type) in ((404, "application/problem+json"), (200, "text/html"))
        assert "not of the client" not in await answer.text(), path
        assert (answer.status == 200) == (path == "/assets/"), path


@pytest.mark.parametrize(
    "path",
    ["/../pyproject.toml", "/%2e%2e/%2e%2e/etc/passwd", "/assets/..%2f..%2fx", "/.//etc/passwd", "/%00"],
)
async def test_UP_02_no_name_from_outside_becomes_a_path(start: Start, dist: Path, path: str) -> None:
    client = await start(web_client=WebClient(dist / "assets"))  # no index.html: nothing is a page

    assert (await client.get(path)).status == 404
