"""The program that re-encodes one image: run as a child with small limits, bytes in, bytes out.

Called with the format and the largest number of pixels; reads the image from standard input and writes
one line `width height` and the new bytes. Imports nothing of ours, opens no file, knows no network.
"""

import io
import resource
import sys

MEMORY_BYTES = 512 * 1024 * 1024
CPU_S = 10
OPEN_FILES = 64
EXIT_DAMAGED = 3
EXIT_TOO_MANY_PIXELS = 4
OPTIONS: dict[str, dict[str, object]] = {
    "PNG": {"compress_level": 6},
    "JPEG": {"quality": 95, "subsampling": 0, "optimize": True},
    "WEBP": {"quality": 95, "method": 2},
}
MODES = {"PNG": ("L", "RGB", "RGBA", "LA"), "JPEG": ("L", "RGB"), "WEBP": ("RGB", "RGBA")}


def limit_self() -> None:
    """Memory, processor time, files and core dumps of this process, for good."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))


def reencode(data: bytes, image_format: str, max_pixels: int) -> tuple[int, int, bytes] | int:
    """Width, height and the bytes made anew without any metadata; or the exit code of a refusal."""
    from PIL import Image, ImageOps  # after the limits are set, so that they hold for its code too

    Image.MAX_IMAGE_PIXELS = None
    with Image.open(io.BytesIO(data), formats=[image_format]) as picture:
        if picture.width * picture.height > max_pixels:
            return EXIT_TOO_MANY_PIXELS
        upright = ImageOps.exif_transpose(picture)
    modes = MODES[image_format]
    if upright.mode not in modes:
        has_alpha = "A" in upright.getbands() or "transparency" in upright.info
        upright = upright.convert("RGBA" if has_alpha and "RGBA" in modes else "RGB")
    clean = Image.frombytes(upright.mode, upright.size, upright.tobytes())
    made = io.BytesIO()
    clean.save(made, image_format, **OPTIONS[image_format])
    return clean.width, clean.height, made.getvalue()


def main() -> int:
    """Gives the exit code."""
    limit_self()
    image_format, max_pixels = sys.argv[1], int(sys.argv[2])
    try:
        made = reencode(sys.stdin.buffer.read(), image_format, max_pixels)
    except Exception:  # noqa: BLE001 - whatever a hostile image does to the parser, it is damaged
        return EXIT_DAMAGED
    if isinstance(made, int):
        return made
    width, height, data = made
    sys.stdout.buffer.write(f"{width} {height}\n".encode() + data)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
