"""Subcommands with data of the emulated BQ76952: what each answers, and what it takes (TI SLUUBY2B, chapter 12)."""

from collections.abc import Callable

from bms.emulation.bq76952_balancing import Balancing
from bms.emulation.bq76952_fets import Fets
from bms.emulation.bq76952_measurement import Measurement
from bms.emulation.bq76952_memory import DataMemory, holds
from bms.emulation.bq76952_registers import DEVICE_BQ76952, VERSION, VERSION_LENGTH, Subcommand


class Subcommands:
    """Answers and commits; scratch pad and last command are kept here."""

    def __init__(self, memory: DataMemory, fets: Fets, measurement: Measurement, balancing: Balancing) -> None:
        self._memory, self._fets, self._measurement, self._balancing = memory, fets, measurement, balancing
        self._answers: dict[int, Callable[[], bytes]] = {
            Subcommand.DEVICE_NUMBER: lambda: DEVICE_BQ76952.to_bytes(2, "little"),
            Subcommand.STATIC_CFG_SIG: lambda: memory.signature().to_bytes(2, "little"),
            Subcommand.PREV_MACWRITE: lambda: self.last.to_bytes(2, "little"),
            Subcommand.MFG_STATUS: lambda: fets.mfg_status.to_bytes(2, "little"),
            Subcommand.MANU_DATA: lambda: self._scratch,
            Subcommand.DASTATUS5: measurement.summary,
            Subcommand.DASTATUS6: measurement.charge,
            Subcommand.CB_ACTIVE_CELLS: lambda: balancing.mask.to_bytes(2, "little"),
            Subcommand.FET_CONTROL: lambda: bytes((fets.forced_off,)),
        }
        self.restart()

    def restart(self) -> None:
        """Scratch pad and last command are lost, as at a reset."""
        self._scratch = bytes(32)
        self.last = 0

    def answer(self, command: int) -> tuple[bytes, int] | None:
        """Data of a subcommand or a block of data memory, with the length byte that goes with it."""
        if command == Subcommand.FW_VERSION:
            return VERSION, VERSION_LENGTH
        if holds(command):
            data = self._memory.block(command)
        elif Subcommand.DASTATUS1 <= command < Subcommand.DASTATUS5:
            data = self._measurement.raw_cells(command - Subcommand.DASTATUS1)
        elif Subcommand.CBSTATUS1 <= command <= Subcommand.CBSTATUS1 + 2:
            data = self._balancing.status(command - Subcommand.CBSTATUS1)
        elif source := self._answers.get(command):
            data = source()
        else:
            return None
        return data, 4 + len(data)

    def commit(self, address: int, data: bytes, config_update: bool) -> None:
        """Data whose checksum and length were right; data memory takes it only in CONFIG_UPDATE."""
        if holds(address):
            if config_update:
                self._memory.store(address, data)
        elif address == Subcommand.FET_CONTROL:
            self._fets.control(data[0])
        elif address == Subcommand.CB_ACTIVE_CELLS and len(data) == 2:
            self._balancing.command(int.from_bytes(data, "little"))
        elif address == Subcommand.MANU_DATA:
            self._scratch = data + self._scratch[len(data) :]
