"""What a process gives up by landlock(7), for good and without any privilege: files, TCP and signals.

Imports nothing of ours: the child that has another program run loads it by its path.
"""

import ctypes
import os
import struct
from collections.abc import Mapping

CREATE, ADD_RULE, RESTRICT = 444, 445, 446
VERSION, PATH_BENEATH = 1, 1
PR_SET_NO_NEW_PRIVS = 38
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
FIRST_RIGHTS, WITH_REFER, WITH_TRUNCATE = (1 << 13) - 1, (1 << 14) - 1, (1 << 15) - 1
READ = EXECUTE | READ_FILE | READ_DIR
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
TCP = 3
"""To bind and to connect; no rule allows either."""
OUTSIDE = 3
"""Abstract sockets and signals of processes that are not shut in with this one."""


def version() -> int:
    """Which landlock(7) this kernel has, below 1 for none."""
    return int(ctypes.CDLL(None).syscall(CREATE, None, ctypes.c_size_t(0), VERSION))


def everything() -> int:
    """All rights on files that this kernel can take away: ioctl of devices is left, for there is none."""
    there = version()
    return WITH_TRUNCATE if there >= 3 else WITH_REFER if there == 2 else FIRST_RIGHTS


def keep_only(rights: Mapping[str, int]) -> bool:
    """Leaves these rights on what lies at and below these paths; a path that is not there is passed over.

    False where the kernel does not offer that.
    """
    there = version()
    if there < 1:
        return False
    libc, handled = ctypes.CDLL(None), everything()
    attributes = struct.pack("=Q", handled)
    if there >= 4:
        attributes += struct.pack("=Q", TCP)
    if there >= 6:
        attributes += struct.pack("=Q", OUTSIDE)
    rules = libc.syscall(CREATE, attributes, ctypes.c_size_t(len(attributes)), 0)
    if rules < 0:
        return False
    for path, allowed in rights.items():
        if not _allow(libc, rules, path, allowed & handled):
            return False
    refused = libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.syscall(RESTRICT, rules, 0)
    os.close(rules)
    return not refused


def _allow(libc: ctypes.CDLL, rules: int, path: str, allowed: int) -> bool:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        allowed = allowed if os.path.isdir(path) else allowed & OF_A_FILE
        return not libc.syscall(ADD_RULE, rules, PATH_BENEATH, struct.pack("=Qi", allowed, place), 0)
    finally:
        os.close(place)
