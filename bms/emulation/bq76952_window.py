"""The subcommand window of the emulated BQ76952: 0x3E/0x3F command, 0x40..0x5F data, 0x60 checksum, 0x61 length.

A command or a data-memory address written to 0x3E, 0x3F reads back as 0xFF until its answer is ready; then the window
holds the answer. Data goes in by address, data, and checksum and length written together; what does not add up is
dropped without a word, as in the chip (TI SLUAA11B).
"""

from typing import Protocol

from bms.emulation.bq76952_memory import BLOCK_BYTES
from bms.emulation.bq76952_registers import Direct

FETCH_TIME = 200e-6  # s, a subcommand with data or a block of data memory
_NEVER = float("inf")


def checksum(address: int, data: bytes) -> int:
    """Value for 0x60: the complement of the sum of both address bytes and the data, 8 bits."""
    return ~((address & 0xFF) + (address >> 8) + sum(data)) & 0xFF


class Commands(Protocol):
    """What the window asks of the chip behind it."""

    def execute(self, command: int) -> None: ...

    def answer(self, command: int) -> tuple[bytes, int] | None:
        """Data and the length byte to show for it; None if the command has no answer."""
        ...

    def commit(self, address: int, data: bytes) -> None: ...


class Window:
    """State of the window, kept in the chip's register image (bytearray, written in place)."""

    def __init__(self, image: bytearray, commands: Commands) -> None:
        self._image = image
        self._commands = commands
        self.restart()

    def restart(self) -> None:
        """Forget command and answer."""
        self._command = 0
        self._ready_at = _NEVER
        self._sum_written = False
        self._image[Direct.SUBCOMMAND : Direct.LENGTH + 1] = bytes(Direct.LENGTH + 1 - Direct.SUBCOMMAND)

    def settle(self, time: float) -> None:
        """Show the answer once its time has come; `time` in s."""
        if time < self._ready_at:
            return
        self._ready_at = _NEVER
        image = self._image
        image[Direct.SUBCOMMAND : Direct.BUFFER] = self._command.to_bytes(2, "little")
        answer = self._commands.answer(self._command)
        if answer is not None:
            data, length = answer
            image[Direct.BUFFER : Direct.CHECKSUM] = data.ljust(BLOCK_BYTES, b"\0")
            image[Direct.CHECKSUM] = checksum(self._command, data)
            image[Direct.LENGTH] = length

    def start(self) -> None:
        """A write transaction begins: checksum and length count only inside one."""
        self._sum_written = False

    def put(self, reg: int, value: int, time: float) -> None:
        """One byte written to `reg`, 0x3E..0x61, at `time`."""
        image = self._image
        if reg == Direct.SUBCOMMAND:
            self._command = self._command & 0xFF00 | value
            image[reg] = value
        elif reg == Direct.SUBCOMMAND + 1:
            self._command = self._command & 0x00FF | value << 8
            image[Direct.SUBCOMMAND : Direct.BUFFER] = b"\xff\xff"
            self._ready_at = time + FETCH_TIME
            self._commands.execute(self._command)
        elif reg == Direct.LENGTH:
            if self._sum_written:
                self._commit(value)
            self._sum_written = False
        else:
            self._abandon_answer()
            image[reg] = value
            self._sum_written = reg == Direct.CHECKSUM

    def _abandon_answer(self) -> None:
        """Data written by the host ends a fetch under way: the window is the host's now."""
        if self._ready_at < _NEVER:
            self._ready_at = _NEVER
            self._image[Direct.SUBCOMMAND : Direct.BUFFER] = self._command.to_bytes(2, "little")

    def _commit(self, length: int) -> None:
        n = length - 4
        if not 0 < n <= BLOCK_BYTES:
            return
        data = bytes(self._image[Direct.BUFFER : Direct.BUFFER + n])
        if self._image[Direct.CHECKSUM] == checksum(self._command, data):
            self._commands.commit(self._command, data)
