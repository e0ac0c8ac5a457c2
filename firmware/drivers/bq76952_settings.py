"""Bring the data memory of a BQ76952 to what a Profile wants, and read back that it is so.

Settings are read in blocks of 32 bytes. The first transfer that is lost ends it: the caller tries again later.
"""

from firmware.kernels.dialect import const

CFGUPDATE = const(0x01)  # Battery Status, low byte
POR = const(0x08)

_SET_CFGUPDATE = const(0x0090)
_EXIT_CFGUPDATE = const(0x0092)
ALARM_STATUS = const(0x62)  # a 1 written clears
_BLOCK_BYTES = const(32)  # what data memory answers, whatever is asked


class _Memory:
    """Blocks of data memory as the chip has told them."""

    def __init__(self, link):
        self._link = link
        self._blocks = []  # (address, 32 bytes)

    def bytes_at(self, address, n):
        """n bytes; None if the chip did not tell them."""
        for start, block in self._blocks:
            if start <= address and address + n <= start + _BLOCK_BYTES:
                return block[address - start : address - start + n]
        block = self._link.ask(address, _BLOCK_BYTES)
        if block is None:
            return None
        self._blocks.append((address, block))
        return block[:n]


def configured(link, status_frame, profile):
    """True once the chip holds every setting of `profile`, so that its limits are those that the profile tells.

    status_frame: a Frame that holds Battery Status at 0x12. Settings must come in the order of their addresses.
    """
    differing = _differing(_Memory(link), profile.settings)
    if differing is None:
        return False
    if differing or _status(link, status_frame) & (POR | CFGUPDATE):
        if not (link.command(_SET_CFGUPDATE) and link.until(lambda: _status(link, status_frame) & CFGUPDATE)):
            return False
        stored = all(link.store(address, data) for address, data in differing)
        left = link.command(_EXIT_CFGUPDATE) and link.until(lambda: not _status(link, status_frame) & CFGUPDATE)
        if not (stored and left):
            return False
        if _differing(_Memory(link), profile.settings) != []:
            return False
    return not _status(link, status_frame) & (POR | CFGUPDATE) and link.write(ALARM_STATUS, b"\xff\xff")


def _differing(memory, settings):
    differing = []
    for address, data in settings:
        held = memory.bytes_at(address, len(data))
        if held is None:
            return None
        if held != data:
            differing.append((address, data))
    return differing


def _status(link, frame):
    """Battery Status, low byte; all ones if it cannot be read."""
    return frame.data[0x12] if link.fetch(frame) else 0xFF
