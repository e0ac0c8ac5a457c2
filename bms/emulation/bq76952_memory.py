"""Data memory of the emulated BQ76952: 0x9180..0x93FF, kept as bytes, read by name."""

import struct

from bms.emulation.bq76952_defaults import DEFAULTS

FIRST, LAST = 0x9180, 0x93FF
BLOCK_BYTES = 32

_BY_NAME = {s.name: (s.address - FIRST, struct.Struct("<" + s.kind)) for s in DEFAULTS}


def _factory() -> bytes:
    image = bytearray(LAST - FIRST + 1)
    for setting in DEFAULTS:
        struct.pack_into("<" + setting.kind, image, setting.address - FIRST, setting.default)
    return bytes(image)


_FACTORY = _factory()


class DataMemory:
    """The settings in use. `value` answers numbers in the chip's own units."""

    def __init__(self) -> None:
        self._image = bytearray(_FACTORY)

    def reset(self) -> None:
        """Every setting back to its factory default, as after a power-on reset."""
        self._image[:] = _FACTORY

    def value(self, name: str) -> float:
        """Number held by the setting of that name in `bq76952_defaults.DEFAULTS`."""
        offset, form = _BY_NAME[name]
        return form.unpack_from(self._image, offset)[0]

    def code(self, name: str) -> int:
        """The same for a setting that is an integer: bit masks and counts."""
        return int(self.value(name))

    def block(self, address: int) -> bytes:
        """The 32 bytes from `address` on; zero past the end."""
        start = address - FIRST
        return bytes(self._image[start : start + BLOCK_BYTES]).ljust(BLOCK_BYTES, b"\0")

    def store(self, address: int, data: bytes) -> None:
        """Put `data` at `address`; what would lie past 0x93FF is lost."""
        start = address - FIRST
        kept = data[: len(self._image) - start]
        self._image[start : start + len(kept)] = kept

    def signature(self) -> int:
        """15-bit signature of all settings. TI does not publish its polynomial: only equality has a meaning."""
        crc = 0xFFFF
        for byte in self._image:
            crc ^= byte << 8
            for _ in range(8):
                crc = (crc << 1 ^ (0x1021 if crc & 0x8000 else 0)) & 0xFFFF
        return crc & 0x7FFF


def holds(address: int) -> bool:
    """True if the two-byte address is data memory and not a subcommand."""
    return FIRST <= address <= LAST
