import asyncio
import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from platform_api.files.errors import FileRefused
from platform_api.files.images import CHILD, ImageMaker, spawn_child
from platform_api.files.model import FileType


def a_picture(
    image_format: str, size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: object
) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, 128).save(made, image_format, **options)
    return made.getvalue()


def a_png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


async def refusal(maker: ImageMaker, data: bytes) -> str:
    with pytest.raises(FileRefused) as caught:
        await maker.prepare(data)
    return caught.value.code


@pytest.mark.parametrize(
    ("image_format", "file_type"),
    [("PNG", FileType.PNG), ("JPEG", FileType.JPEG), ("WEBP", FileType.WEBP)],
)
async def test_an_image_is_made_anew_in_its_format_and_size(image_format: str, file_type: FileType) -> None:
    content = await ImageMaker().prepare(a_picture(image_format))

    assert (content.file_type, content.width, content.height) == (file_type, 64, 48)
    with Image.open(io.BytesIO(content.data)) as made:
        assert (made.format, made.size) == (image_format, (64, 48))


async def test_what_hides_in_an_image_does_not_survive() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "<script>canary</script>")
    data = a_picture("PNG", pnginfo=info) + b"<html>canary</html>"
    assert b"canary" in data

    content = await ImageMaker().prepare(data)

    assert b"canary" not in content.data


async def test_a_turned_photograph_is_stored_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = await ImageMaker().prepare(a_picture("JPEG", exif=exif))

    assert (content.width, content.height) == (48, 64)


async def test_a_palette_image_keeps_its_transparency() -> None:
    picture = Image.new("P", (8, 8), 0)
    made = io.BytesIO()
    picture.save(made, "PNG", transparency=0)

    content = await ImageMaker().prepare(made.getvalue())

    with Image.open(io.BytesIO(content.data)) as stored:
        assert stored.mode == "RGBA"
        assert stored.getpixel((0, 0))[3] == 0  # type: ignore[index]


async def test_a_gigantic_claim_is_refused_before_any_pixel_is_made() -> None:
    assert await refusal(ImageMaker(), a_png_that_claims(65535, 65535)) == "file.too_many_pixels"


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff" + b"\0" * 200,
        b"RIFF\0\0\0\0WEBP" + b"\xff" * 50,
        a_picture("PNG")[:60],
        a_png_that_claims(4000, 4000),
    ],
)
async def test_a_damaged_image_is_refused(data: bytes) -> None:
    assert await refusal(ImageMaker(), data) == "file.damaged"


async def test_an_image_of_another_kind_in_disguise_is_refused() -> None:
    gif = a_picture("GIF", mode="P")

    assert await refusal(ImageMaker(), b"\xff\xd8\xff" + gif) == "file.damaged"


async def test_a_child_that_takes_too_long_is_ended() -> None:
    assert await refusal(ImageMaker(timeout_s=0.001), a_picture("PNG", (2000, 2000))) == "file.damaged"


async def test_a_child_gets_nothing_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "PIL.py").write_text("raise SystemExit(0)", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    content = await ImageMaker().prepare(a_picture("PNG"))

    assert content.width == 64
    assert os.environ["PYTHONPATH"] == str(tmp_path)


ATTEMPTS = {
    "socket": "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "unix socket": "import socket; socket.socketpair()",
    "file": "open('/etc/hostname').read()",
    "new file": "open('/tmp/scopecast-child', 'w')",
    "program": "import os; os.execv('/bin/true', ['true'])",
    "process": "import os; os.fork()",
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=list(ATTEMPTS))
@pytest.mark.parametrize("shut_in", [True, False], ids=["shut in", "before"])
def test_UP_01_a_child_reaches_no_network_no_file_and_no_process(attempt: str, shut_in: bool) -> None:
    """Run inside the child's own walls, and, to see that they are what refuses, without them."""
    program = f"""
import os, runpy, socket, sys
child = runpy.run_path({str(CHILD)!r})
if {shut_in}:
    child["load_codecs"]()
    assert child["shut_in"]()
try:
    {attempt}
except PermissionError:
    os._exit(77)
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, env={}, timeout=20)

    assert done.returncode == (77 if shut_in else 0), done.stderr


async def test_UP_01_the_child_has_three_pipes_and_its_walls_before_it_reads(tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w") as secret, (tmp_path / "other").open("w") as other:
        os.set_inheritable(other.fileno(), True)
        child = await spawn_child("PNG", 100)
        try:
            process = Path(f"/proc/{child.pid}")
            async with asyncio.timeout(10):
                while "Seccomp:\t2" not in (process / "status").read_text():
                    assert child.returncode is None
                    await asyncio.sleep(0.01)
            opened = {os.readlink(each) for each in (process / "fd").iterdir()}
            assert (process / "environ").read_bytes() == b""
            assert os.readlink(process / "cwd") == "/"
            assert "NoNewPrivs:\t1" in (process / "status").read_text()
            assert not {secret.name, other.name} & opened
            assert all(name.startswith(("pipe:", "socket:", "/dev/null")) for name in opened)
        finally:
            child.kill()
            await child.wait()
