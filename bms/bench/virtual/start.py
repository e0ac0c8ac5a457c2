"""What the virtual board does before boot.py: its flash is the root, and a sleep is one that Ctrl-C ends."""

import errno
import os
import sys
import time

import _virtual
import micropython
import vfs

import __main__

# This port's files tell errors by WASI's numbers, its module errno by a board's.
_WASI = {2: errno.EACCES, 8: errno.EBADF, 20: errno.EEXIST, 28: errno.EINVAL, 29: errno.EIO, 31: errno.EISDIR}
_WASI.update({44: errno.ENOENT, 51: 28, 54: 20, 55: 39, 63: errno.EPERM})


class Flash:
    """VfsPosix with a board's numbers of errors and a board's entries of a folder."""

    def __init__(self, root):
        self._vfs = vfs.VfsPosix(root)

    def _call(self, name, *args):
        try:
            return getattr(self._vfs, name)(*args)
        except OSError as error:
            raise OSError(_WASI.get(error.errno, error.errno)) from None

    def ilistdir(self, path):
        for name, kind, inode in self._call("ilistdir", path):
            size = self._call("stat", (path + "/" if path else "") + name)[6]
            yield name, kind, inode, 0 if kind == 0x4000 else size

    def stat(self, path):
        told = self._call("stat", path)
        return (told[0] & 0xF000,) + told[1:]


def _passed(name):
    return lambda self, *args: self._call(name, *args)


for _name in ("mount", "umount", "open", "chdir", "getcwd", "mkdir", "remove", "rename", "rmdir", "statvfs"):
    setattr(Flash, _name, _passed(_name))

vfs.umount("/")
vfs.mount(Flash("/flash"), "/")
os.chdir("/")


def _sleep_ms(ms):
    _virtual.sleep_ms(ms)
    for _ in (0,):  # a jump: there MicroPython raises the KeyboardInterrupt that ended the sleep
        pass


def _sleep(s):
    _sleep_ms(int(s * 1000))


def _sleep_us(us):
    end = time.ticks_us() + us
    while time.ticks_us() < end:
        pass


def _time(now=time.time):
    return int(now())  # whole, as on a board


time.sleep_ms, time.sleep, time.sleep_us, time.time = _sleep_ms, _sleep, _sleep_us, _time


def _file(name):
    """Run a file of the flash if it is there; True if it asks for a soft reset."""
    try:
        os.stat(name)
    except OSError:
        return False
    try:
        execfile(name, __main__.__dict__)  # noqa: F821 a builtin of MicroPython's
    except SystemExit:
        return True
    except BaseException as error:
        sys.print_exception(error)
    return False


class _Module:
    pass


def _add(name, text):
    scope = {"__name__": name}
    exec(text, scope)
    sys.modules[name] = _Module()
    for each, value in scope.items():
        setattr(sys.modules[name], each, value)


_add("machine", _virtual.machine)


def begin(raw):
    """boot.py and, before a friendly REPL, main.py, in a scope that the REPL goes on with; True for a soft reset."""
    micropython.kbd_intr(3)
    left = _file("boot.py") or (not raw and _file("main.py"))
    micropython.kbd_intr(-1)
    return left


_virtual.begin = begin
