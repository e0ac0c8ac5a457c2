"""Alarm Raw, Alarm Status and Alarm Enable of the emulated BQ76952 (TI SLUUBY2B).

Raw shows what is so now (scan bits: of the loop that ended last); Status latches what begins while it is enabled, until
the host writes a 1 to it.
"""

from bms.emulation.bq76952_registers import Alarm, Direct, Fet


class Alarms:
    """Kept in the chip's register image (bytearray, written in place)."""

    def __init__(self, image: bytearray) -> None:
        self._image = image
        self.restart()

    def restart(self) -> None:
        """Nothing raised, nothing enabled, as at a reset."""
        self._image[Direct.ALARM_STATUS : Direct.INTERNAL_TEMPERATURE] = bytes(6)
        self._levels = 0
        self._scan = 0

    def enable(self, mask: int) -> None:
        """Which bits Status latches from now on."""
        self._image[Direct.ALARM_ENABLE : Direct.ALARM_ENABLE + 2] = mask.to_bytes(2, "little")

    def scanned(self, full: bool) -> None:
        """A measurement loop has ended, the third one with a full scan."""
        self._scan = Alarm.ADSCAN | (Alarm.FULLSCAN if full else 0)
        self._publish(self._scan)

    def renew(self, status_a: int, status_b: int, fets: int, measured: bool, balancing: bool) -> None:
        """Safety Status A and B (B stands for B and C), FET Status, whether a loop has ended, and a cell is bled."""
        levels = Alarm.INITCOMP if measured else Alarm.INITSTART
        levels |= Alarm.SSA if status_a else 0
        levels |= Alarm.SSBC if status_b else 0
        levels |= Alarm.CB if balancing else 0
        levels |= 0 if fets & Fet.CHG else Alarm.XCHG
        levels |= 0 if fets & Fet.DSG else Alarm.XDSG
        if levels != self._levels:
            begun = levels & ~self._levels
            self._levels = levels
            self._publish(begun)

    def put(self, reg: int, value: int) -> None:
        """One byte written by the host to 0x62..0x67: Status clears, Enable is set, Raw is read-only."""
        if reg < Direct.ALARM_RAW:
            self._image[reg] &= ~value
        elif reg >= Direct.ALARM_ENABLE:
            self._image[reg] = value

    def _publish(self, begun: int) -> None:
        image, raw = self._image, self._levels | self._scan
        image[Direct.ALARM_RAW], image[Direct.ALARM_RAW + 1] = raw & 0xFF, raw >> 8
        image[Direct.ALARM_STATUS] |= begun & image[Direct.ALARM_ENABLE]
        image[Direct.ALARM_STATUS + 1] |= begun >> 8 & image[Direct.ALARM_ENABLE + 1]
