"""FET drivers of the emulated BQ76952: who may switch what, and when it switches.

With FET_EN = 0 the FETs follow the four test commands; with FET_EN = 1 the chip switches them by itself: on unless a
fault or the host forces them off (TI SLUUBY2B). Off is at once; on waits for the chip's next evaluation, each 250 ms.
"""

from bms.emulation.bq76952_registers import Fet, Subcommand

EVALUATION = 0.25  # s

_FET_CTRL_EN, _HOST_FET_EN, _FET_INIT_OFF = 1 << 3, 1 << 2, 1 << 5  # FET options, 0x9308
_FET_EN = 1 << 4  # manufacturing status, 0x0057
_TESTS = {  # command: (bit of the manufacturing status, FET)
    Subcommand.PCHGTEST: (1 << 0, Fet.PCHG),
    Subcommand.CHGTEST: (1 << 1, Fet.CHG),
    Subcommand.DSGTEST: (1 << 2, Fet.DSG),
    Subcommand.PDSGTEST: (1 << 5, Fet.PDSG),
}
_FORCED_BY = {  # FET_CONTROL, 0x0097: bits 3 PCHG, 2 CHG, 1 PDSG, 0 DSG, 1 = off
    Subcommand.DSG_PDSG_OFF: 0b0011,
    Subcommand.CHG_PCHG_OFF: 0b1100,
    Subcommand.ALL_FETS_OFF: 0b1111,
}


class Fets:
    """State of the drivers; `on` is what FET Status shows, `forced_off` what FET_CONTROL does."""

    def __init__(self) -> None:
        self.restart(0x0D, 0x0040)

    def restart(self, options: int, mfg_status: int) -> None:
        """All off, with the FET options (0x9308) and the initial manufacturing status (0x9343) given."""
        self.on = 0
        self.mfg_status = mfg_status
        self._until_evaluation = EVALUATION
        self.configure(options)
        self.forced_off = 0b1111 if options & _FET_INIT_OFF else 0

    def configure(self, options: int) -> None:
        """Take over FET options, as when the chip leaves CONFIG_UPDATE."""
        self._options = options

    def command(self, command: int) -> None:
        """Act on a subcommand; one that is none of the FETs' own does nothing."""
        if command == Subcommand.FET_ENABLE:
            self.mfg_status ^= _FET_EN
        elif command in _TESTS:
            self.mfg_status ^= _TESTS[Subcommand(command)][0]
        elif command in _FORCED_BY:
            self._force(self.forced_off | _FORCED_BY[Subcommand(command)])
        elif command == Subcommand.ALL_FETS_ON:
            self._force(0)

    def control(self, bits: int) -> None:
        """FET_CONTROL 0x0097: which FETs the host holds off."""
        self._force(bits & 0b1111)

    def _force(self, bits: int) -> None:
        if self._options & _HOST_FET_EN:
            self.forced_off = bits

    def allowed(self, charge_fault: bool, discharge_fault: bool) -> int:
        """FETs that may be on now, as bits of FET Status."""
        if not self.mfg_status & _FET_EN:
            return sum(fet for bit, fet in _TESTS.values() if self.mfg_status & bit)
        wanted = 0
        if self._options & _FET_CTRL_EN:
            if not (charge_fault or self.forced_off & 0b0100):
                wanted |= Fet.CHG
            if not (discharge_fault or self.forced_off & 0b0001):
                wanted |= Fet.DSG
        return wanted

    def advance(self, dt: float, allowed: int, measured: bool) -> None:
        """Let `dt` chip seconds pass; nothing closes before a full scan has been `measured`."""
        self.on &= allowed
        self._until_evaluation -= dt
        if self._until_evaluation <= 0:
            self._until_evaluation = EVALUATION + self._until_evaluation % -EVALUATION
            if measured:
                self.on = allowed
