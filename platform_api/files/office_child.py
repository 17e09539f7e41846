"""The program that has LibreOffice make a PDF of one office document, and lets nothing of either out.

Called with LibreOffice's program, the kind (`docx`, `xlsx`, `pptx`), the size, and the seconds it may take.
It reads the document from standard input, lays it into a folder of its own (in memory where that is), runs
the program there and answers `A length` and the PDF. The program's processes have limits of memory, processor
time and file size, and, by the kernel (landlock(7), seccomp(2), without privilege): no file but the system's
libraries, fonts and that folder, no network, no other process, and no group but the one that is killed as a
whole. However it ends, by its time, by a signal or because its parent died, processes and folder are gone
before. Imports nothing of ours.
"""

import contextlib
import ctypes
import importlib.util
import os
import platform
import resource
import shutil
import signal
import stat
import struct
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType, ModuleType

EXIT_DAMAGED, EXIT_NOT_SHUT_IN, EXIT_TOO_LONG, EXIT_TOO_MUCH, EXIT_ENDED = 3, 5, 7, 8, 9
CPU_S = 60
MEMORY_BYTES = 2 * 1024**3
FILE_BYTES = 64 * 1024**2
FOLDER_BYTES = 320 * 1024**2
"""All that lies in the folder: the document, unpacked, the profile, what it makes of them."""
OPEN_FILES = 512
PIECE = 1024**2
AGAIN, STARTS = 81, 3
"""What LibreOffice ends with when it is to be started again, and how often it is at most."""
LOOK_EVERY_S = 0.2
IN_MEMORY = "/dev/shm"  # noqa: S108 - a folder of our own is made below it
PREFIX = "scopecast-office-"
FILTERS = {"docx": "writer_pdf_Export", "xlsx": "calc_pdf_Export", "pptx": "impress_pdf_Export"}
FIRST_PAGE = '{"PageRange":{"type":"string","value":"1"}}'
READABLE = (
    *("/usr/bin", "/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/share", "/usr/local/share/fonts"),
    *("/bin", "/lib", "/lib64", "/var/cache/fontconfig", "/var/lib/libreoffice", "/var/spool/libreoffice"),
    *("/etc/fonts", "/etc/libreoffice", "/etc/ld.so.cache", "/etc/alternatives", "/etc/passwd"),
    *("/etc/nsswitch.conf", "/etc/localtime", "/etc/locale.alias"),
    *("/proc/version", "/proc/cpuinfo", "/proc/meminfo", "/proc/filesystems", "/proc/mounts"),
    *("/dev/zero", "/dev/random", "/dev/urandom"),
)
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update">
<prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update">
<prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
</oor:items>
"""

# The audit architecture; the numbers of socket(2) and access(2), and where the latter's mode is; those of
# connect, ptrace, kill, setsid, setpgid, unshare, setns, mount, io_uring_setup, process_vm_readv and _writev,
# pidfd_open, pidfd_send_signal, pidfd_getfd, bpf, keyctl, perf_event_open and userfaultfd (<asm/unistd.h>).
FORBIDDEN = {
    "x86_64": (
        *(0xC000003E, 41, 21, 24),
        (42, 101, 62, 112, 109, 272, 308, 165, 425, 310, 311, 434, 424, 438, 321, 250, 298, 323),
    ),
    "aarch64": (
        *(0xC00000B7, 198, 48, 32),
        (203, 117, 129, 157, 154, 97, 268, 40, 425, 270, 271, 434, 424, 438, 280, 219, 241, 282),
    ),
}
X32_BIT = 0x40000000
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 22, 36, 38
SECCOMP_MODE_FILTER, AF_UNIX = 2, 1
ALLOW, REFUSE_EPERM, REFUSE_EACCES, KILL = 0x7FFF0000, 0x00050001, 0x0005000D, 0x80000000
LOAD_WORD, JUMP_EQUAL, JUMP_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06


class Ended(Exception):
    """It ends here, with this exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def refuse_calls() -> bool:
    """No network and no way out of the group, for good; False where the kernel does not offer that.

    Asked by access(2) no place may be written to: LibreOffice lays a socket into /tmp if it may, else where
    it is told to.
    """
    known = FORBIDDEN.get(platform.machine())
    if known is None:
        return False
    architecture, socket, access, mode, numbers = known
    # Offsets in struct seccomp_data: 4 the architecture, 0 the number of the call, 16 its first argument.
    steps = [(LOAD_WORD, 0, 0, 4), (JUMP_EQUAL, 1, 0, architecture), (RETURN, 0, 0, KILL)]
    steps += [(LOAD_WORD, 0, 0, 0), (JUMP_AT_LEAST, 0, 1, X32_BIT), (RETURN, 0, 0, KILL)]
    for number in numbers:
        steps += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE_EPERM)]
    steps += [(JUMP_EQUAL, 0, 4, access), (LOAD_WORD, 0, 0, mode), (JUMP_EQUAL, 0, 1, os.W_OK)]
    steps += [(RETURN, 0, 0, REFUSE_EACCES), (RETURN, 0, 0, ALLOW)]
    steps += [(JUMP_EQUAL, 1, 0, socket), (RETURN, 0, 0, ALLOW), (LOAD_WORD, 0, 0, 16)]
    steps += [(JUMP_EQUAL, 0, 1, AF_UNIX), (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE_EPERM)]
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    head = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(program)))
    libc = ctypes.CDLL(None)
    refused = libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return not (refused or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(head), 0, 0))


def limit_self() -> None:
    """Memory, time and files of this process and those it starts; the first to go when memory is short."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        hard = resource.getrlimit(limit)[1]
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (allowed, allowed))
    os.nice(10)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def command_of(program: str, kind: str, folder: Path) -> list[str]:
    """How LibreOffice is called: with a profile that is thrown away, nothing restored and nothing asked."""
    return [
        program,
        f"-env:UserInstallation=file://{folder}/profile",
        *("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo", "--nofirststartwizard"),
        *("--convert-to", f"pdf:{FILTERS[kind]}:{FIRST_PAGE}", "--outdir", str(folder)),
        str(folder / f"document.{kind}"),
    ]


def become(program: str, kind: str, folder: Path, landlock: ModuleType) -> None:
    """This process, just forked, as LibreOffice behind its walls; ends if they cannot be had."""
    try:
        os.setpgid(0, 0)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        for number in (signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        limit_self()
        home = Path(program).resolve().parent
        home = home.parent if home.name == "program" else home
        rights = dict.fromkeys((*READABLE, str(home)), landlock.READ)
        rights[os.devnull] = landlock.READ_FILE | landlock.WRITE_FILE
        rights[str(folder)] = landlock.everything()
        if landlock.keep_only(rights) and refuse_calls():
            os.chdir(folder)
            os.execve(program, command_of(program, kind, folder), environment_of(folder))  # noqa: S606
    finally:
        os._exit(EXIT_NOT_SHUT_IN)


def environment_of(folder: Path) -> dict[str, str]:
    """All that the program knows of where it runs."""
    return {
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "OSL_SOCKET_PATH": ".",
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "MALLOC_ARENA_MAX": "2",
        "SAL_USE_VCLPLUGIN": "svp",
    }


def used(folder: Path) -> int:
    """The bytes of all that lies in a folder now."""
    total = 0
    for above, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(above, name)).st_blocks * 512
    return total


def watch(pid: int, folder: Path, until: float) -> bool:
    """Whether the program is done, or only made its profile and wants to be started again; raises Ended."""
    while True:
        gone, how = os.waitpid(pid, os.WNOHANG)
        if gone:
            break
        if used(folder) > FOLDER_BYTES:
            raise Ended(EXIT_TOO_MUCH)
        if (left := until - time.monotonic()) <= 0:
            raise Ended(EXIT_TOO_LONG)
        signal.sigtimedwait({signal.SIGCHLD}, min(left, LOOK_EVERY_S))
    code = os.waitstatus_to_exitcode(how)
    if code not in (0, AGAIN):
        raise Ended(EXIT_NOT_SHUT_IN if code == EXIT_NOT_SHUT_IN else EXIT_DAMAGED)
    return code == 0


def end_group(group: int) -> None:
    """Kills all processes of the group; returns when the last is gone: orphans come to this one."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-group, 0)


def pdf_of(folder: Path) -> bytes:
    """What the program left; raises Ended for anything but a file of a reasonable size."""
    try:
        place = os.open(folder / "document.pdf", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Ended(EXIT_DAMAGED) from error
    with open(place, "rb") as opened:
        if not stat.S_ISREG(os.fstat(place).st_mode) or os.fstat(place).st_size > FILE_BYTES:
            raise Ended(EXIT_DAMAGED)
        return opened.read()


def lay_down(place: Path, size: int) -> None:
    """The document from standard input; raises Ended if it is cut off."""
    with place.open("wb") as file:
        while size:
            data = sys.stdin.buffer.read(min(size, PIECE))
            if not data:
                raise Ended(EXIT_ENDED)
            file.write(data)
            size -= len(data)


def place_for(size: int) -> str:
    """Memory where there is enough of it, so that nothing of a document comes to the disk."""
    try:
        room = os.statvfs(IN_MEMORY)
    except OSError:
        return tempfile.gettempdir()
    enough = room.f_bavail * room.f_frsize > FOLDER_BYTES + size
    return IN_MEMORY if enough and os.access(IN_MEMORY, os.W_OK) else tempfile.gettempdir()


def own_name(pid: int) -> str:
    """What a folder of this process is called, before what makes it single."""
    return f"{PREFIX}{os.stat('/proc/self/ns/pid').st_ino}-{pid}-"


def tidy() -> None:
    """Removes folders whose process is gone: the machine's power went, or both were killed at once."""
    space = own_name(0).rsplit("-", 2)[0]
    for above in {IN_MEMORY, tempfile.gettempdir()}:
        for folder in Path(above).glob(f"{space}-*"):
            pid = folder.name.removeprefix(f"{space}-").split("-")[0]
            if pid.isdigit() and not Path("/proc", pid).exists():
                shutil.rmtree(folder, ignore_errors=True)


def beside(name: str) -> ModuleType:
    """A module that lies beside this one."""
    found = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    if found is None or found.loader is None:
        raise Ended(EXIT_NOT_SHUT_IN)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def convert(program: str, kind: str, size: int, seconds: float) -> bytes:
    """The PDF of the document that comes; raises Ended. The folder and the processes are gone then."""
    landlock, group = beside("landlock"), 0

    def give_up(_: int, __: FrameType | None) -> None:
        raise Ended(EXIT_ENDED)

    signal.signal(signal.SIGTERM, give_up)
    folder = Path(tempfile.mkdtemp(prefix=own_name(os.getpid()), dir=place_for(size)))
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        for name in ("tmp", "profile/user"):
            (folder / name).mkdir(parents=True)
        (folder / "profile/user/registrymodifications.xcu").write_text(PROFILE, encoding="utf-8")
        lay_down(folder / f"document.{kind}", size)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        until = time.monotonic() + seconds
        for _ in range(STARTS):
            group = os.fork()
            if group == 0:
                become(program, kind, folder, landlock)
            with contextlib.suppress(OSError):
                os.setpgid(group, group)  # whichever of the two comes first
            if watch(group, folder, until):
                break
            end_group(group)
        return pdf_of(folder)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # nothing comes between here and the end
        if group:
            end_group(group)
        shutil.rmtree(folder, ignore_errors=True)


def core_of(program: str) -> str:
    """LibreOffice's own program: what is called so is a script that calls one that calls it."""
    core = Path(program).resolve().with_name("soffice.bin")
    return str(core) if core.exists() else program


def main() -> int:
    """Gives the exit code."""
    program, kind, size, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    tidy()
    try:
        answer = convert(core_of(program), kind, size, seconds)
    except Ended as ended:
        return ended.code
    sys.stdout.buffer.write(f"A {len(answer)}\n".encode() + answer)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
