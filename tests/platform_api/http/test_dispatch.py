"""A request is checked from the outside in: permission, rate, size, shape."""

import gzip
import json
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from platform_api.http.settings import HttpSettings
from tests.platform_api.http.conftest import SECRET_WORDS, Client, OneAsker, Start


async def test_a_good_request_is_answered_and_a_bad_one_names_its_fields(client: Client) -> None:
    good = await client.post("/api/v1/things", json={"title": "  胃镜 "})
    assert (good.status, (await good.json())["title"]) == (201, "胃镜")

    bad = await client.post(
        "/api/v1/things", json={"minutes": "soon", "id": "mine"}, headers={"Accept-Language": "en"}
    )
    problem = await bad.json()
    assert (bad.status, bad.content_type, problem["code"]) == (
        422,
        "application/problem+json",
        "request.invalid",
    )
    fields = {field["path"]: field["code"] for field in problem["fields"]}
    assert fields == {"title": "field.missing", "minutes": "field.invalid", "id": "field.unknown"}
    assert problem["error_id"] == bad.headers["X-Request-Id"]


async def test_a_path_or_query_out_of_shape_is_refused(client: Client) -> None:
    headers = {"Authorization": "Bearer good"}
    assert (await client.get("/api/v1/things/../x")).status == 404
    assert (await client.get("/api/v1/things/not-an-id")).status == 422
    assert (await client.get("/api/v1/things?limit=0", headers=headers)).status == 422
    assert (await client.get("/api/v1/things?limit=5&limit=6", headers=headers)).status == 422
    assert (await client.get("/api/v1/things?other=1", headers=headers)).status == 422
    assert (await client.get("/api/v1/things?limit=5", headers=headers)).status == 200


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {"Content-Type": "application/json"}, 400, "request.not_json"),
        (b"\xff\xfe", {"Content-Type": "application/json"}, 400, "request.not_json"),
        (b'{"title":"\\ud800"}', {"Content-Type": "application/json"}, 400, "request.not_json"),
        (b'{"title":"a\\u0000b"}', {"Content-Type": "application/json"}, 422, "request.invalid"),
        ('{"title":"a\u202eb"}'.encode(), {"Content-Type": "application/json"}, 422, "request.invalid"),
        (b'{"title":"x"}', {"Content-Type": "text/plain"}, 415, "request.unsupported"),
        (
            gzip.compress(b'{"title":"x"}', mtime=0),
            {"Content-Type": "application/json", "Content-Encoding": "gzip"},
            415,
            "request.unsupported",
        ),
        (b'{"title":"' + b"x" * 3000 + b'"}', {"Content-Type": "application/json"}, 413, "request.too_large"),
        (b"[" * 1900, {"Content-Type": "application/json"}, 400, "request.not_json"),
    ],
)
async def test_a_hostile_body_is_refused(
    client: Client, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await client.post("/api/v1/things", data=body, headers=headers)

    assert (answer.status, (await answer.json())["code"]) == (status, code)


async def test_a_body_without_a_declared_length_is_cut_at_the_cap(client: Client) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1000

    answer = await client.post("/api/v1/things", data=endless(), headers={"Content-Type": "application/json"})

    assert (answer.status, (await answer.json())["code"]) == (413, "request.too_large")


async def test_doors_open_for_their_permission_alone(client: Client, authenticator: OneAsker) -> None:
    async def ask(token: str | None) -> tuple[int, str | None]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await client.delete("/api/v1/things", headers=headers)
        return answer.status, (await answer.json())["code"] if answer.status != 204 else None

    assert await ask(None) == (401, "auth.required")
    assert await ask("forged") == (401, "token.invalid")
    assert await ask("good") == (403, "refused")
    assert authenticator.refusals == ["u things.forget refused"]


async def test_OP_08_a_fault_tells_an_id_and_nothing_else(client: Client) -> None:
    with capture_logs() as lines:
        answer = await client.post("/api/v1/fail", headers={"Accept-Language": "en"})
    text = await answer.text()
    problem = json.loads(text)

    assert (answer.status, problem["code"]) == (500, "internal")
    assert problem["error_id"] == answer.headers["X-Request-Id"]
    for word in ("Traceback", "RuntimeError", "users", "/srv", "18.6", "aiohttp", "Python"):
        assert word not in text
        assert word not in str(answer.headers)
    assert [line["event"] for line in lines] == ["http.fault"]
    assert lines[0]["error_id"] == problem["error_id"]
    assert lines[0]["error_types"] == ["RuntimeError"]
    assert SECRET_WORDS not in str(lines)


async def test_OP_08_what_is_not_http_hears_no_version(client: Client) -> None:
    import asyncio

    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()

    assert b" 400 " in answer
    assert b"aiohttp" not in answer
    assert b"Python" not in answer


async def test_a_rate_is_kept_and_says_when_to_come_back(client: Client) -> None:
    statuses = [(await client.post("/api/v1/fail")).status for _ in range(3)]
    over = await client.post("/api/v1/fail", headers={"X-Forwarded-For": "203.0.113.9"})

    assert statuses == [500, 500, 500]
    assert (over.status, (await over.json())["code"]) == (429, "rate.exceeded")
    assert 1 <= int(over.headers["Retry-After"]) <= 20


async def test_a_forwarding_header_counts_from_a_proxy_of_ours_alone(start: Start) -> None:
    client = await start(HttpSettings(trusted_proxies=("127.0.0.1/32",)))
    for _ in range(3):
        await client.post("/api/v1/fail", headers={"X-Forwarded-For": "203.0.113.8"})

    same = await client.post("/api/v1/fail", headers={"X-Forwarded-For": "203.0.113.8"})
    other = await client.post("/api/v1/fail", headers={"X-Forwarded-For": "203.0.113.9"})
    assert (same.status, other.status) == (429, 500)


async def test_the_sentence_is_in_the_askers_language(client: Client) -> None:
    chinese = await (
        await client.get("/api/v1/nothing", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    ).json()
    english = await (await client.get("/api/v1/nothing", headers={"Accept-Language": "en-GB"})).json()

    assert chinese["code"] == english["code"] == "not_found"
    assert chinese["detail"].startswith("没有找到")
    assert english["detail"].startswith("Not found")
