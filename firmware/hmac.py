"""HMAC-SHA256 (RFC 2104, RFC 4231) for interpreters whose library has SHA-256 alone."""

from hashlib import sha256

from firmware.kernels.dialect import const

_BLOCK = const(64)


class Hmac:
    """Codes under one key, bytes of any length. A digest takes some 300 bytes of heap, for a moment."""

    def __init__(self, key):
        if len(key) > _BLOCK:
            key = sha256(key).digest()
        padded = bytearray(_BLOCK)
        padded[: len(key)] = key
        self._inner = bytes([byte ^ 0x36 for byte in padded])
        self._outer = bytes([byte ^ 0x5C for byte in padded])

    def digest(self, message):
        """Code of a message, 32 bytes."""
        inner = sha256(self._inner)
        inner.update(message)
        outer = sha256(self._outer)
        outer.update(inner.digest())
        return outer.digest()
