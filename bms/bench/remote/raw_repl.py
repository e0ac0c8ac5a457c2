"""A raw REPL with raw paste, typed into the friendly one of a port that has no other."""

import sys

_WINDOW = 512


def _terminal():
    """The terminal passes every byte as it is; returns what undoes that. Only the ports of a desktop have one."""
    try:
        import termios
    except ImportError:
        return lambda: None
    before = termios.tcgetattr(0)
    termios.setraw(0)
    return lambda: termios.tcsetattr(0, 0, before)


def _say(text):
    sys.stdout.write(text)


def _byte():
    return sys.stdin.buffer.read(1)


def _pasted():
    _byte()
    _byte()
    _say("R\x01" + chr(_WINDOW & 255) + chr(_WINDOW >> 8) + "\x01")
    code = bytearray()
    while True:
        byte = _byte()
        if byte == b"\x04" or not byte:
            _say("\x04")
            return code
        code.extend(byte)
        if len(code) % _WINDOW == 0:
            _say("\x01")


def _command():
    """The next command; None to leave."""
    code = bytearray()
    while True:
        byte = _byte()
        if byte == b"\x02" or not byte:
            return None
        if byte == b"\x04":
            _say("OK")
            return code
        if byte == b"\x05" and not code:
            return _pasted()
        if byte == b"\x01":
            _say("raw REPL; CTRL-B to exit\r\n>")
        if byte in (b"\x01", b"\x03"):
            code = bytearray()
        else:
            code.extend(byte)


def serve(scope):
    """Until Ctrl-B."""
    undo = _terminal()
    _say("raw REPL; CTRL-B to exit\r\n>")
    while True:
        code = _command()
        if code is None:
            break
        try:
            exec(code.decode(), scope)
            _say("\x04")
        except BaseException as error:
            _say("\x04")
            sys.print_exception(error)
        _say("\x04>")
    undo()
