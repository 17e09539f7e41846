"""The program that re-encodes one image: run as a child that can compute and answer, and nothing else.

Called with the format and the largest number of pixels; reads the image from standard input and writes
one line `width height` and the new bytes. Imports nothing of ours. Before the first byte of the image is
read it has given up, for good: memory and processor time beyond the limits, and, by a filter of the kernel
(seccomp(2), no privilege needed), every way to open files and sockets, to start programs and processes.
"""

import ctypes
import io
import platform
import resource
import signal
import struct
import sys

MEMORY_BYTES = 512 * 1024 * 1024
CPU_S = 10
OPEN_FILES = 64
EXIT_DAMAGED = 3
EXIT_TOO_MANY_PIXELS = 4
EXIT_NOT_SHUT_IN = 5
OPTIONS: dict[str, dict[str, object]] = {
    "PNG": {"compress_level": 6},
    "JPEG": {"quality": 95, "subsampling": 0, "optimize": True},
    "WEBP": {"quality": 95, "method": 2},
}
MODES = {"PNG": ("L", "RGB", "RGBA", "LA"), "JPEG": ("L", "RGB"), "WEBP": ("RGB", "RGBA")}


# The audit architecture, and the numbers of <asm/unistd.h>: open, openat, openat2, creat, socket, socketpair,
# connect, execve, execveat, fork, vfork, clone, clone3, ptrace, io_uring_setup, process_vm_readv and _writev.
FORBIDDEN = {
    "x86_64": (
        0xC000003E,
        (2, 257, 437, 85, 41, 53, 42, 59, 322, 57, 58, 56, 435, 101, 425, 310, 311),
    ),
    "aarch64": (0xC00000B7, (56, 437, 198, 199, 203, 221, 281, 220, 435, 117, 425, 270, 271)),
}
X32_BIT = 0x40000000
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 22, 38
SECCOMP_MODE_FILTER = 2
ALLOW, REFUSE_EPERM, KILL = 0x7FFF0000, 0x00050001, 0x80000000
LOAD_WORD, JUMP_EQUAL, JUMP_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06


def limit_self(cpu_s: int = CPU_S) -> None:
    """Memory, processor time, files and core dumps of this process, for good; it ends with its parent."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def load_codecs() -> None:
    """Everything that re-encoding imports, while files can still be opened."""

    import PIL.ExifTags
    import PIL.ImageOps
    import PIL.JpegImagePlugin
    import PIL.MpoImagePlugin
    import PIL.PngImagePlugin
    import PIL.TiffImagePlugin
    import PIL.WebPImagePlugin  # noqa: F401 - loaded for what comes later
    from PIL import Image

    Image.preinit()


def shut_in() -> bool:
    """Gives up files, network and processes; False where the kernel does not offer that."""
    known = FORBIDDEN.get(platform.machine())
    if known is None:
        return False
    architecture, numbers = known
    # Offsets in struct seccomp_data: 4 the architecture, 0 the number of the call.
    steps = [(LOAD_WORD, 0, 0, 4), (JUMP_EQUAL, 1, 0, architecture), (RETURN, 0, 0, KILL)]
    steps += [(LOAD_WORD, 0, 0, 0), (JUMP_AT_LEAST, 0, 1, X32_BIT), (RETURN, 0, 0, KILL)]
    for number in numbers:
        steps += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE_EPERM)]
    steps.append((RETURN, 0, 0, ALLOW))
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    head = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(program)))
    libc = ctypes.CDLL(None)
    refused = libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    refused = refused or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(head), 0, 0)
    return not refused


def reencode(data: bytes, image_format: str, max_pixels: int) -> tuple[int, int, bytes] | int:
    """Width, height and the bytes made anew without any metadata; or the exit code of a refusal."""
    from PIL import Image, ImageOps  # loaded after the limits were set, so that they hold for its code too

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
    load_codecs()
    if not shut_in():
        return EXIT_NOT_SHUT_IN
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
