"""`scopecast up` as an operator meets it: a second one, a killed one, a taken port, a full disk."""

import fcntl
import json
import os
import socket
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from deploy.launch.options import START_HEADER, Options
from deploy.launch.ownership import end_left_over, held
from deploy.launch.places import Places
from deploy.launch.refused import StartRefused
from deploy.launch.up import until_ready
from platform_api.db.embedded import EmbeddedPostgres
from tests.support.product import (
    ROOT,
    Product,
    free_media_port,
    free_port,
    resume_product,
    start_product,
    stop_product,
)

STRANGER = "import sys, time; print('up', flush=True); time.sleep(120)"


def up(data_dir: Path, *words: str, role: str = "up") -> subprocess.CompletedProcess[str]:
    """A start that is expected to be refused."""
    return subprocess.run(
        [sys.executable, "-m", "deploy.launch", role, "--data-dir", str(data_dir), *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def on_ports(product: Product) -> tuple[str, ...]:
    ports = (product.port, product.https_port, product.media_port)
    named = zip(("--port", "--https-port", "--media-port"), map(str, ports), strict=True)
    return tuple(word for pair in named for word in pair)


def free_ports() -> dict[str, int]:
    return {
        "--port": free_port(),
        "--https-port": free_port(),
        "--media-port": free_media_port(),
    }


def words_of(ports: dict[str, int]) -> list[str]:
    return [word for name, number in ports.items() for word in (name, str(number))]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def files_of(root: Path) -> dict[str, tuple[int, int]]:
    """Which files there are, when they were changed, how long they are; logs, databases and pulses go on."""
    return {
        str(path.relative_to(root)): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in root.rglob("*")
        if path.is_file() and path.suffix != ".pulse"
        if path.relative_to(root).parts[0] not in ("logs", "postgres", "up.log")
    }


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    running = start_product(tmp_path / "data", demo=False)
    try:
        yield running
    finally:
        stop_product(running)


def test_a_second_start_is_refused_and_a_killed_one_is_taken_over(product: Product) -> None:
    data, parts = product.data_dir, json.loads((product.data_dir / "run" / "parts.json").read_text())
    server = EmbeddedPostgres(data / "postgres")
    before = files_of(data)

    refused = up(data, *on_ports(product))
    elsewhere = up(data, *words_of(free_ports()))
    migration = up(data, role="migrate")

    for answer in (refused, elsewhere, migration):
        chinese, english = answer.stderr.splitlines()
        assert (answer.returncode, answer.stdout) == (3, "")
        assert chinese.startswith(f"scopecast: launch.data_in_use: 数据目录 {data}")
        assert f"process {product.process.pid}, http://localhost:{product.port}" in english
    assert files_of(data) == before
    assert json.loads((data / "run" / "parts.json").read_text()) == parts
    assert all(alive(pid) for pid in parts.values())
    assert server.running()

    product.process.kill()
    product.process.wait()
    second = resume_product(data, (product.port, product.https_port, product.media_port), demo=False)
    try:
        assert not any(alive(pid) for pid in parts.values())
        assert second.ready["parts"]["status"] == "ok"
    finally:
        stop_product(second)
    assert not server.running()
    assert not (data / "run" / "ready.json").exists()


async def test_it_gets_ready_where_it_listens_on_one_address_alone(tmp_path: Path) -> None:
    alone = {"SCOPECAST_MEDIA__HOST": "127.0.0.2", "SCOPECAST_MEDIA__LOOPBACK": "false"}
    product = start_product(tmp_path / "data", demo=False, environment=alone, words=("--host", "127.0.0.2"))
    try:
        async with ClientSession() as client, client.get(f"http://127.0.0.2:{product.port}/readyz") as answer:
            assert answer.status == 200
        socket.create_connection(("127.0.0.2", product.media_port)).close()
        for port in (product.port, product.media_port):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port)).close()
    finally:
        stop_product(product)
    assert product.ready["http"] == f"http://127.0.0.2:{product.port}"
    assert product.ready["https"] == [f"https://127.0.0.2:{product.https_port}"]
    assert product.ready["media_protocols"] == "UDP+TCP"


@pytest.mark.parametrize(
    ("host", "asked", "shown", "others"),
    [
        ("0.0.0.0", "http://127.0.0.1:80", "http://localhost:80", "https://192.0.2.9:443"),
        ("::", "http://[::1]:80", "http://localhost:80", "https://192.0.2.9:443"),
        ("127.0.0.1", "http://127.0.0.1:80", "http://localhost:80", "https://127.0.0.1:443"),
        ("198.51.100.7", "http://198.51.100.7:80", "http://198.51.100.7:80", "https://198.51.100.7:443"),
        ("2001:db8::7", "http://[2001:db8::7]:80", "http://[2001:db8::7]:80", "https://[2001:db8::7]:443"),
    ],
)
def test_the_addresses_follow_the_host(host: str, asked: str, shown: str, others: str) -> None:
    options = options_of("--host", host, "--port", "80", "--https-port", "443")

    assert (options.own_url, options.url) == (asked, shown)
    assert options.https_urls(["192.0.2.9"]) == [others]


async def test_readiness_is_believed_of_our_own_front_alone(tmp_path: Path) -> None:
    async def ready(_: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"status": "ok", "parts": {"db": "ok"}}, headers={START_HEADER: said})

    said, runner = "another", web.ServerRunner(web.Server(ready), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = int(runner.addresses[0][1])
        options = options_of("--data-dir", str(tmp_path), "--port", str(port), "--start-id", "ours")

        with pytest.raises(StartRefused, match=f"launch.port_taken: The TCP port {port} is taken"):
            await until_ready(options)
        said = "ours"
        assert (await until_ready(options))["status"] == "ok"
    finally:
        await runner.cleanup()


@contextmanager
def taken(kind: socket.SocketKind, port: int) -> Iterator[None]:
    with closing(socket.socket(socket.AF_INET, kind)) as other:
        other.bind(("127.0.0.1", port))
        if kind is socket.SOCK_STREAM:
            other.listen()
        yield


@pytest.mark.parametrize(
    ("option", "kind"),
    [
        ("--port", socket.SOCK_STREAM),
        ("--https-port", socket.SOCK_STREAM),
        ("--media-port", socket.SOCK_DGRAM),
        ("--media-port", socket.SOCK_STREAM),
    ],
)
def test_a_taken_port_is_named_and_nothing_is_started(
    tmp_path: Path, option: str, kind: socket.SocketKind
) -> None:
    ports = free_ports()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "ready.json").write_text('{"demo": null}')  # of an earlier start

    with taken(kind, ports[option]):
        refused = up(tmp_path, *words_of(ports), "--demo")

    chinese, english = refused.stderr.splitlines()
    assert (refused.returncode, refused.stdout) == (3, "")
    assert chinese.startswith("scopecast: launch.port_taken: ")
    assert f" port {ports[option]} is taken" in english
    assert option in chinese
    assert option in english
    assert not (tmp_path / "run" / "ready.json").exists()
    assert not (tmp_path / "run" / "parts.json").exists()
    assert not (tmp_path / "postgres").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB of our own."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if made.returncode != 0:
        pytest.skip("NOT PROVED HERE: a full disk needs root and mount(8) to be tried")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_small_and_a_full_disk_are_said_so(small_disk: Path) -> None:
    small = up(small_disk, *words_of(free_ports()))
    (small_disk / "ballast").write_bytes(bytes(1024 * 1024 - 4096 * len(list(small_disk.rglob("*")))))
    full = up(small_disk / "new", *words_of(free_ports()))

    assert (small.returncode, full.returncode) == (3, 3)
    assert "launch.disk_full: " in small.stderr
    assert "a start needs 200 MB" in small.stderr
    assert "launch.d" in full.stderr
    for answer in (small, full):
        assert len(answer.stderr.splitlines()) == 2
        assert "Traceback" not in answer.stderr


def test_a_place_that_cannot_be_a_data_directory_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    for place in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/scopecast")):
        refused = up(place)
        chinese, english = refused.stderr.splitlines()
        assert refused.returncode == 3
        assert chinese.startswith(f"scopecast: launch.data_unusable: 数据目录 {place}")
        assert "--data-dir" in english


def test_the_lock_ends_with_its_holder_and_no_child_keeps_it(tmp_path: Path) -> None:
    places = Places.at(tmp_path)
    places.make()
    with held(places, "http://localhost:1"):
        child = subprocess.Popen([sys.executable, "-c", STRANGER], stdout=subprocess.PIPE, close_fds=False)
        assert child.stdout is not None
        child.stdout.readline()
        with pytest.raises(StartRefused, match=f"process {os.getpid()}, http://localhost:1"):
            held(places, "").__enter__()
    try:
        with held(places, ""), (tmp_path / "run" / "up.lock").open() as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)
    finally:
        child.kill()
        child.communicate()


def test_what_is_left_over_is_ended_and_a_stranger_with_its_number_is_not(tmp_path: Path) -> None:
    places = Places.at(tmp_path)
    places.make()
    names = {"ours": tmp_path, "neighbour": tmp_path / "other"}
    running = {
        name: subprocess.Popen(
            [sys.executable, "-c", STRANGER, "deploy.launch", "front", "--data-dir", str(place)],
            stdout=subprocess.PIPE,
        )
        for name, place in names.items()
    }
    running["stranger"] = subprocess.Popen([sys.executable, "-c", STRANGER], stdout=subprocess.PIPE)
    try:
        roll = {name: process.pid for name, process in running.items()}
        (places.run / "parts.json").write_text(json.dumps({**roll, "gone": 2**22 - 1}))
        for process in running.values():
            assert process.stdout is not None
            process.stdout.readline()

        end_left_over(places)

        assert {name for name, process in running.items() if process.poll() is None} == {
            "neighbour",
            "stranger",
        }
    finally:
        for process in running.values():
            process.kill()
            process.communicate()


def test_a_torn_roll_is_no_reason_not_to_start(tmp_path: Path) -> None:
    places = Places.at(tmp_path)
    places.make()
    for text in ("", "[", "[1]", "null"):
        (places.run / "parts.json").write_text(text)

        end_left_over(places)


def options_of(*words: str) -> Options:
    parser = ArgumentParser()
    Options.declare(parser)
    return Options.of(parser.parse_args(words))


def test_each_part_is_told_which_start_it_belongs_to(tmp_path: Path) -> None:
    options = options_of("--data-dir", str(tmp_path), "--start-id", "abc", "--demo")

    assert options_of(*options.command("front")[4:]) == options
