"""Driver of the BQ76952 cell monitor: cells, current, temperatures and safety bits, each with its age.

Positive current discharges (the chip counts the other way; the driver turns it). `read` allocates nothing and raises
nothing: a frame that cannot be had, or that cannot be, leaves the last values in place and lets them grow old.
"""

from array import array

from firmware.drivers.bq76952_link import Frame, Link, Order
from firmware.drivers.bq76952_outputs import TOLD_BALANCING, TOLD_CHARGE, Outputs
from firmware.drivers.bq76952_settings import ALARM_STATUS, CFGUPDATE, POR
from firmware.drivers.octets import temperatures, voltages
from firmware.kernels.dialect import const

CELLS = 0  # group of cells, stack, link, current and safety bits: registers 0x00..0x3B
TEMPERATURES = 1  # group of temperatures, alarms and FETs: registers 0x62..0x7F
CHARGE = 2  # group of charge_mc and charge_s
BALANCING = 3  # group of balancing
GROUPS = const(4)
INTERNAL = 3  # index of the die in ts_mdegc; TS1..TS3 stand at 0..2
REST_SAMPLES = const(64)

_HWDF = const(0x02)  # Safety Status C: nobody had talked to the chip; over with the transfer that tells it
_CALL_MS = const(94)  # between two calls, at least; those that come sooner count no time
_IDLE_TURNS = const(2)  # of outputs, between an answer and a question
_FULLSCAN = const(0x80)  # Alarm Status, low byte: cells and temperatures have been measured since it was cleared
_SCANNED = const(1)
_COUNTED = const(2)
_TICKS = const(0x3FFFFFFF)  # time.ticks_ms() counts in 30 bits
_DEVICE_NUMBER = const(0x0001)
_SECURITY = const(0x03)  # Battery Status, high byte: 0 until the chip knows; bit 6 is reserved and reads 0
_RESERVED = const(0x40)
_LEAP_UV = const(192000)  # a value read while it changed is off by its low byte's carry, 256 mV (TI E2E thread 1328137)
_LEAP_MOST_UV = const(320000)
_LEAP_MDEGC = const(12800)  # half of such a carry
_PINS = const(14)  # places of TS1 and of the die in the block of temperatures
_DIE = const(6)


class BQ76952:
    """One chip on `bus`, an object like machine.I2C; clock_ms() counts like time.ticks_ms.

    cell_uv: array of `cells` ints. ts_mdegc: TS1, TS2, TS3, internal. current_ma, stack_mv; link_mv, load_mv: at the
    pins PACK and LD. safety_alert and safety_status: groups A, B, C from the low byte up. alarms, fets: Alarm Status,
    FET Status. charge_mc, charge_s: of the coulomb counter, between its last two answers. balancing: mask of the cells
    being balanced, as the chip says, an int a chip. valid: by group, 1 while the values are younger than stale_ms
    (those that come once a second: twice that). settings_lost: the chip was reset or its settings are others; nothing
    is taken from it until `configure` has succeeded. rest_ma: mean of the current at rest, by `zero`. silences: how
    often the chip has found us silent for too long (that is not in safety_status). link: counts of what went wrong
    since `probe`. until_slow: calls until the temperatures come.
    """

    def __init__(self, bus, address=8, cells=16, clock_ms=None, stale_ms=1000, temperatures_every=10):
        self.link = Link(bus, address, clock_ms or (lambda: 0))
        self.outputs = Outputs(self.link)
        self.cells = cells
        self.sensors = 3
        self.first = array("i", [0])  # index of each chip's first cell
        self.stale_ms = stale_ms
        self.device = 0
        self.cell_uv = array("i", [0] * cells)
        self.ts_mdegc = array("i", [0] * 4)
        self.balancing = array("i", [0])
        self.stacks_mv = array("i", [0])
        self.current_ma = self.stack_mv = self.link_mv = self.load_mv = 0
        self.charge_mc = self.charge_s = self.alarms = self.fets = 0
        self.safety_alert = self.safety_status = self.battery_status = 0
        self.rest_ma = self.silences = self._silent = 0
        self.valid = array("i", [0] * GROUPS)
        self.settings_lost = True
        self._read_ms = array("i", [0] * GROUPS)
        self._block = self.link.own(Frame(0x00, 0x3C))
        self._slow_block = self.link.own(Frame(0x62, 0x1E))
        self._scan = self.link.own(Order(ALARM_STATUS, 1))
        self._scan.data[0] = _FULLSCAN
        self._scan_due = self._resting = False
        self._signs = self._said = 0
        self._temperatures_every = temperatures_every
        self.until_slow = 0
        self._now_ms = -1
        self._counted_ms = self._rest_sum_ma = self._rested = 0

    def probe(self):
        """Find out whether the chip talks with CRC, and its number: 0x7695, or 0 if no BQ76952 answers."""
        link = self.link
        link.find_crc()
        link.clear()
        self.device = 0x7695 if link.ask(_DEVICE_NUMBER, 2) == b"\x95\x76" else 0
        return self.device

    def configure(self, profile):
        """Bring the chip to a Profile: True once every setting has been read back as wanted.

        No setting is written if none differs: CONFIG_UPDATE stops measurement and opens the chip's FETs. Alarms from
        before are cleared. What was permitted is told anew.
        """
        from firmware.drivers.bq76952_settings import configured

        outputs = self.outputs
        outputs.ma_times = (1, 1, 10, 100)[profile.user_amps]
        outputs.ma_over = 10 if profile.user_amps == 0 else 1
        outputs.interval_ms = profile.achieved["balancing_interval_s"] * 1000
        self.settings_lost = True
        done = configured(self.link, self._block, profile)
        outputs.forget()
        if not done or not outputs.repeat():
            return False
        self.settings_lost = False
        self._signs = _SCANNED | _COUNTED  # its clock has no second answer to compare with yet
        return True

    @property
    def measured(self):
        """Since `has_measured` was True the chip has ended a scan, and its coulomb counter's clock has gone on."""
        return self._signs == _SCANNED | _COUNTED

    def has_measured(self):
        """measured; each sign of it counts once."""
        if not self.measured:
            return False
        self._signs = 0
        return True

    def switch_fets(self, on):
        """Let the chip close its FETs by itself, or force them off; True if the chip took the commands."""
        return self.permit(on, on) and (not on or self.outputs.enable_fets())

    def permit(self, charge, discharge):
        """Hold the FETs of a direction off, or leave them to the chip; True if it has been told."""
        return self.outputs.permit(charge, discharge)

    def balance(self, mask, chip=0):
        """Switch the resistors of these cells on (bit 0: cell 1) and all others off; True if the chip has been told.

        It is told again for as long as the mask stands; without that the chip stops after its interval.
        """
        return self.outputs.balance(mask, self._now_ms)

    def forgive(self):
        """Release what the chip has latched: over-current and short circuit that came again and again."""
        return self.outputs.forgive()

    def zero(self, resting):
        """Once a sample: average the current while `resting`, no current being able to flow; True with a new rest_ma.

        What the sensor then reads is its offset. It stays in current_ma: firmware/cell.py `zeroed` takes it over.
        """
        if not resting or not self.valid[CELLS]:
            self._rested = self._rest_sum_ma = 0
            return False
        self._rest_sum_ma += self.current_ma
        self._rested += 1
        if self._rested < REST_SAMPLES:
            return False
        self.rest_ma = (self._rest_sum_ma + REST_SAMPLES // 2) // REST_SAMPLES
        self._rested = self._rest_sum_ma = 0
        return True

    def read(self, now_ms):
        """Take new values at now_ms; True if cells and current are new. Temperatures come with every tenth call.

        A call that comes so late that others are missing does their work as well; one that comes sooner, for the
        cells alone, brings no temperatures nearer: what rises is judged by the second.
        """
        calls = ((now_ms - self._counted_ms) & _TICKS) // _CALL_MS if self._now_ms >= 0 else 1
        if calls:
            self._counted_ms = now_ms
        self._resting = calls >= self._temperatures_every
        self._now_ms = now_ms
        fresh = self.link.fetch(self._block) and self._take_cells()
        self.until_slow = max(self.until_slow - calls, 0)
        if fresh:
            self._renew(CELLS, now_ms)
            self._do_slowly(now_ms)
        if not fresh or not self.until_slow:
            self._grow_old(now_ms)
        return fresh

    def _do_slowly(self, now_ms):
        if not self.until_slow and self.link.fetch(self._slow_block) and self._take_temperatures():
            self._grow_old(now_ms)
            self._renew(TEMPERATURES, now_ms)
            self.until_slow = self._temperatures_every
            if self.alarms & _FULLSCAN:
                self._signs |= _SCANNED
                self._scan_due = True
            self.outputs.watch_fets(self.fets)
            if not self._resting:
                return
        if self._scan_due:  # in the sample after it was seen: the next scan ends long before it is looked for
            self._scan_due = not self.link.send(self._scan)
            if not self._resting:
                return
        outputs = self.outputs
        told = outputs.step(now_ms)
        if self._resting:
            for _ in range(_IDLE_TURNS):
                if not told and not outputs.waiting:
                    told = outputs.step(now_ms)
        if told == TOLD_CHARGE:
            self.charge_mc = outputs.charge_mc
            self.charge_s = outputs.charge_s
            if self.charge_s:
                self._signs |= _COUNTED
            self._renew(CHARGE, now_ms)
        elif told == TOLD_BALANCING:
            self.balancing[0] = outputs.balancing
            self._renew(BALANCING, now_ms)
        elif told and outputs.altered:
            self.settings_lost = True

    def _renew(self, group, now_ms):
        self._read_ms[group] = now_ms
        self.valid[group] = 1

    def age_ms(self, group, now_ms):
        """How old the values of a group are; counts only while they are valid (30-bit clock)."""
        return (now_ms - self._read_ms[group]) & _TICKS

    def _grow_old(self, now_ms):
        limit_ms = self.stale_ms
        for group in range(GROUPS):
            if (now_ms - self._read_ms[group]) & _TICKS > limit_ms:
                self.valid[group] = 0
            limit_ms = self.stale_ms + self.stale_ms

    def _take_cells(self):
        """False for a frame that no chip sends, or of a chip whose settings are lost."""
        data = self._block.data
        if not self.link.crc and self._news(data):
            self.link.torn += 1
            if not self.link.fetch(self._block):
                return False
        high = data[0x13]
        if not high & _SECURITY or high & _RESERVED:  # all zeros and all ones are a bus, not a chip
            self.link.absurd += 1
            return False
        low = data[0x12]
        self.battery_status = low | high << 8
        if low & (POR | CFGUPDATE):
            self.settings_lost = True
        if self.settings_lost:
            return False
        if voltages(self.cell_uv, data, 0x14, self.cells, _LEAP_UV, _LEAP_MOST_UV) and self.valid[CELLS]:
            self.link.torn += 1
            if not self.link.fetch(self._block):
                self.valid[CELLS] = 0  # what stands there is not believed
                return False
            voltages(self.cell_uv, data, 0x14, self.cells, _LEAP_UV, _LEAP_MOST_UV)
        self.safety_alert = data[2] | data[4] << 8 | data[6] << 16
        silent = data[7] & _HWDF
        if silent and not self._silent:
            self.silences += 1
        self._silent = silent
        self.safety_status = data[3] | data[5] << 8 | data[7] - silent << 16
        self.stack_mv = self.stacks_mv[0] = (data[0x34] | data[0x35] << 8) * 10
        self.link_mv = (data[0x36] | data[0x37] << 8) * 10
        self.load_mv = (data[0x38] | data[0x39] << 8) * 10
        outputs = self.outputs
        self.current_ma = (outputs.ma_over // 2 - _signed(data, 0x3A) * outputs.ma_times) // outputs.ma_over
        return True

    def _news(self, data):
        """What would open the contactors at once, and was not said before. Without CRC one flipped bit can say it."""
        lost = data[0x12] & (POR | CFGUPDATE)
        said = data[3] | data[5] << 8 | (data[7] & ~_HWDF) << 16 | lost << 24
        new = said & ~self._said
        self._said = said
        return new

    def _take_temperatures(self):
        data = self._slow_block.data
        die = data[6] | data[7] << 8
        if die == 0 or die == 0xFFFF:  # measured always, wired or not
            self.link.absurd += 1
            return False
        if temperatures(self.ts_mdegc, data, _PINS, _DIE, _LEAP_MDEGC) and self.valid[TEMPERATURES]:
            self.link.torn += 1
            if not self.link.fetch(self._slow_block):
                self.valid[TEMPERATURES] = 0
                return False
            temperatures(self.ts_mdegc, data, _PINS, _DIE, _LEAP_MDEGC)
        self.alarms = data[0] | data[1] << 8
        self.fets = data[0x7F - 0x62]
        return True


def _signed(data, at):
    word = data[at] | data[at + 1] << 8
    return word - 65536 if word & 32768 else word
