"""What a BQ76952 is told to do, and what it says of itself once a second: FETs, balancing, charge, settings.

`step` is called with every sample and does one thing at most in each of eight turns, so that no period is much longer
than the others; it allocates nothing. While the bus is down nothing is sent: it goes out with the first sample after.
"""

from array import array

from firmware.drivers.bq76952_link import WINDOW, Order
from firmware.kernels.dialect import const

TOLD_CHARGE = const(1)
TOLD_BALANCING = const(2)
TOLD_SETTINGS = const(3)
_TURNS = const(8)  # in two samples of ten the temperatures come, and the sign of a scan is cleared
_CHARGE_MOST_MC = const(1000000000)

_CHARGE = const(0x0076)  # DASTATUS6
_BALANCING = const(0x0083)  # CB_ACTIVE_CELLS
_SIGNATURE = const(0x0005)  # STATIC_CFG_SIG
_FET_CONTROL = const(0x0097)
_FET_ENABLE = const(0x0022)
_MFG_STATUS = const(0x0057)
_OCDL_RECOVER = const(0x009B)
_SCDL_RECOVER = const(0x009C)
_CHARGE_OFF = const(0x0C)  # FET_CONTROL: PCHG and CHG
_DISCHARGE_OFF = const(0x03)  # PDSG and DSG
_CHARGE_ON = const(0x03)  # FET Status: CHG and PCHG
_DISCHARGE_ON = const(0x0C)  # DSG and PDSG
_SIGNATURE_EVERY = const(10)  # rounds
_TICKS = const(0x3FFFFFFF)
_MODULO = const(0xFFFFFF)  # user-Ah are taken in 24 bits


class Outputs:
    """FET control, balancing and slow questions over a Link.

    balancing: mask of the cells whose resistor is on, as the chip says. charge_mc, charge_s: what has flowed out
    between the last two answers of the coulomb counter, and how long that was by the chip's clock; mC, s.
    altered: the settings are no longer those that were written.
    """

    def __init__(self, link):
        self._link = link
        self.balancing = 0
        self.charge_mc = 0
        self.charge_s = 0
        self.altered = False
        self.ma_times = 1
        self.ma_over = 1
        self.interval_ms = 20000
        self._off = -1  # FET_CONTROL as wanted; -1 while nobody has said
        self._mask = 0
        self._fets_due = False
        self._cells_due = False
        self._cells_ms = 0
        self._turn = 0
        self._round = 2  # so that the first signature is known within ten seconds
        self._asked = 0
        self._signature = -1
        self._seen = array("i", [0, 0, 0, 0])  # user-Ah, their fraction in 2^-16, seconds, and whether there are any
        self._fets = link.own(Order(WINDOW, 3))
        self._cells = link.own(Order(WINDOW, 4))
        self._seal = link.own(Order(0x60, 2))

    @property
    def waiting(self):
        """A question has been asked."""
        return self._asked != 0

    def forget(self):
        """Forget what the chip has said, as when it was reset; what it is told to do goes out anew."""
        self._asked = self._seen[3] = 0
        self._signature = -1
        self.balancing = 0
        self.altered = False
        self._fets_due = self._off >= 0
        self._cells_due = self._mask > 0

    def repeat(self):
        """Tell the chip what the FETs may do, if anybody has said; nothing may close before it knows."""
        return self._off < 0 or self._send_fets()

    def _drop(self):
        """The window is wanted for something else: what was asked will be asked again."""
        if self._asked:
            self._asked = 0
            self._turn = (self._turn or _TURNS) - 1

    def enable_fets(self):
        """Let the chip switch its FETs by itself; True once it says that it does.

        FET_ENABLE toggles, so it is sent only where they are disabled, and one that was taken but not acknowledged,
        and so sent twice, has done nothing.
        """
        self._drop()
        return self._fets_enabled() or (self._link.command(_FET_ENABLE) and self._fets_enabled())

    def _fets_enabled(self):
        status = self._link.ask(_MFG_STATUS, 2)
        return status is not None and bool(status[0] & 0x10)

    def permit(self, charge, discharge):
        """Hold the FETs of a direction off, or leave them to the chip; True if it was told now or knows already."""
        off = (0 if charge else _CHARGE_OFF) | (0 if discharge else _DISCHARGE_OFF)
        if off != self._off:
            self._off = off
            self._fets_due = True
        return not self._fets_due or (not self._link.failures and self._send_fets())

    def balance(self, mask, now_ms):
        """Switch the resistors of these cells on and all others off; True if the chip was told now or knows already."""
        if mask != self._mask:
            self._mask = mask
            self._cells_due = True
        return not self._cells_due or (not self._link.failures and self._send_cells(now_ms))

    def forgive(self):
        """Release the chip's latches of over-current and short circuit; the cause must be gone."""
        self._drop()
        return self._link.command(_OCDL_RECOVER) and self._link.command(_SCDL_RECOVER)

    def watch_fets(self, fets):
        """Tell the chip again what it may do, if FET Status `fets` says otherwise."""
        off = self._off
        if off < 0:
            return
        wanted = (0 if off & _CHARGE_OFF else 1) | (0 if off & _DISCHARGE_OFF else 2)
        found = (1 if fets & _CHARGE_ON else 0) | (2 if fets & _DISCHARGE_ON else 0)
        if wanted != found:
            self._fets_due = True

    def step(self, now_ms):
        """One turn: take an answer, ask a question, or tell again what is due. What was told: one of TOLD_, or 0."""
        turn = self._turn
        self._turn = turn + 1 if turn < _TURNS - 1 else 0
        if self._asked:
            return self._take()
        if turn == 1:
            self._ask(_CHARGE)
        elif turn == 4:
            self._ask(_BALANCING)
        elif turn == 7:
            self._round = self._round + 1 if self._round < _SIGNATURE_EVERY - 1 else 0
            if not self._round:
                self._ask(_SIGNATURE)
        elif self._fets_due:
            self._send_fets()
        elif self._cells_due or (self._mask and (now_ms - self._cells_ms) & _TICKS >= self.interval_ms >> 1):
            self._send_cells(now_ms)
        return 0

    def _ask(self, number):
        if self._link.command(number):
            self._asked = number

    def _take(self):
        number = self._asked
        self._asked = 0
        if not self._link.answered(number):
            return 0
        data = self._link.window.data
        if number == _CHARGE:
            return TOLD_CHARGE if self._take_charge(data) else 0
        if number == _BALANCING:
            self.balancing = data[2] | data[3] << 8
            return TOLD_BALANCING
        signature = data[2] | data[3] << 8
        self.altered = self._signature >= 0 and signature != self._signature
        self._signature = signature
        return TOLD_SETTINGS

    def _take_charge(self, data):
        """Accumulated charge: user-Ah, int32; their fraction, 2^-32; seconds. The chip counts charging as positive."""
        seen = self._seen
        whole = data[2] | data[3] << 8 | data[4] << 16
        part = data[8] | data[9] << 8
        second = data[10] | data[11] << 8
        moved = (whole - seen[0]) & _MODULO
        if moved > _MODULO >> 1:
            moved -= _MODULO + 1
        parts = part - seen[1]
        passed = (second - seen[2]) & 0xFFFF
        seen[0] = whole
        seen[1] = part
        seen[2] = second
        if not seen[3]:
            seen[3] = 1
            return False
        most = _CHARGE_MOST_MC // (3600 * self.ma_times)
        if moved > most or moved < -most:
            moved = most if moved > 0 else -most
            parts = 0
        self.charge_mc = -(moved * 3600 + (parts * 3600 >> 16)) * self.ma_times // self.ma_over
        self.charge_s = passed
        return True

    def _send_fets(self):
        self._drop()
        data = self._fets.data
        data[0] = _FET_CONTROL
        data[2] = self._off
        if self._link.send(self._fets) and self._send_seal(_FET_CONTROL + self._off, 5):
            self._fets_due = False
        return not self._fets_due

    def _send_cells(self, now_ms):
        self._drop()
        data = self._cells.data
        data[0] = _BALANCING
        data[2] = self._mask & 0xFF
        data[3] = self._mask >> 8
        if self._link.send(self._cells) and self._send_seal(_BALANCING + data[2] + data[3], 6):
            self._cells_due = False
            self._cells_ms = now_ms
        return not self._cells_due

    def _send_seal(self, total, length):
        data = self._seal.data
        data[0] = ~total & 0xFF
        data[1] = length
        return self._link.send(self._seal)
