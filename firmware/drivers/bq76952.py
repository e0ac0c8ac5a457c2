"""Driver of the BQ76952 cell monitor: cells, current, temperatures and safety bits, each with its age.

Positive current discharges (the chip counts the other way; the driver turns it). `read` allocates nothing and raises
nothing: a frame that cannot be had leaves the last values in place and lets them grow old.
"""

from array import array

from firmware.drivers.bq76952_link import Frame, Link
from firmware.kernels.dialect import const

CELLS = 0  # group of cells, stack, current and safety bits: registers 0x00..0x3B
TEMPERATURES = 1  # group of temperatures, alarms and FETs: registers 0x62..0x7F
INTERNAL = 3  # index of the die in ts_mdegc; TS1..TS3 stand at 0..2

_SETTINGS_LOST = const(0x09)  # Battery Status, low byte: POR or CFGUPDATE
_CFGUPDATE = const(0x01)
_TICKS = const(0x3FFFFFFF)  # time.ticks_ms() counts in 30 bits
_DEVICE_NUMBER = const(0x0001)
_FET_ENABLE = const(0x0022)
_MFG_STATUS = const(0x0057)
_SET_CFGUPDATE = const(0x0090)
_EXIT_CFGUPDATE = const(0x0092)
_ALL_FETS_OFF = const(0x0095)
_ALL_FETS_ON = const(0x0096)
_ALARM_STATUS = const(0x62)  # a 1 written clears
_BLOCK_BYTES = const(32)  # what data memory answers, whatever is asked


class BQ76952:
    """One chip on `bus`, an object like machine.I2C; clock_ms() counts like time.ticks_ms.

    cell_uv: array of `cells` ints. ts_mdegc: TS1, TS2, TS3, internal. current_ma, stack_mv. safety_alert and
    safety_status: groups A, B, C from the low byte up. alarms, fets: Alarm Status, FET Status. valid: by group, 1 while
    the values are younger than stale_ms (temperatures: twice that). settings_lost: the chip was reset; nothing is taken
    from it until `configure` has succeeded. link: counts of what went wrong since `probe`.
    """

    def __init__(self, bus, address=8, cells=16, clock_ms=None, stale_ms=1000, temperatures_every=10):
        self.link = Link(bus, address, clock_ms or _no_clock)
        self.cells = cells
        self.stale_ms = stale_ms
        self.device = 0
        self.cell_uv = array("i", [0] * cells)
        self.ts_mdegc = array("i", [0] * 4)
        self.current_ma = 0
        self.stack_mv = 0
        self.safety_alert = 0
        self.safety_status = 0
        self.battery_status = 0
        self.alarms = 0
        self.fets = 0
        self.valid = array("i", [0, 0])
        self.settings_lost = True
        self._read_ms = array("i", [0, 0])
        self._block = Frame(0x00, 0x3C)
        self._slow_block = Frame(0x62, 0x1E)
        self._temperatures_every = temperatures_every
        self._until_slow = 0
        self._ma_times = 1
        self._ma_over = 1
        self._ma_half = 0

    def probe(self):
        """Find out whether the chip talks with CRC, and its number: 0x7695, or 0 if no BQ76952 answers."""
        self.device = 0
        with_crc = self._answers_with_crc()
        self.link.use_crc(with_crc)
        self._block.frame_for(self.link.address, with_crc)
        self._slow_block.frame_for(self.link.address, with_crc)
        self.link.nacks = self.link.crc_errors = self.link.lost = 0
        if self.link.ask(_DEVICE_NUMBER, 2) == b"\x95\x76":
            self.device = 0x7695
        return self.device

    def _answers_with_crc(self):
        link = self.link
        status = Frame(0x12, 2)
        status.frame_for(link.address, True)
        link.crc = True
        return link.fetch(status)

    def configure(self, profile):
        """Bring the chip to a Profile: True once every setting has been read back as wanted.

        No setting is written if none differs: CONFIG_UPDATE stops measurement and opens the chip's FETs. Alarms from
        before are cleared.
        """
        link = self.link
        self._ma_times = (1, 1, 10, 100)[profile.user_amps]
        self._ma_over = 10 if profile.user_amps == 0 else 1
        self._ma_half = self._ma_over // 2
        differing = self._differing(profile.settings)
        if differing or self._status() & _SETTINGS_LOST:
            if not (link.command(_SET_CFGUPDATE) and link.until(lambda: self._status() & _CFGUPDATE)):
                return False
            for address, data in differing:
                link.store(address, data)
            if not (link.command(_EXIT_CFGUPDATE) and link.until(lambda: not self._status() & _CFGUPDATE)):
                return False
        self.settings_lost = bool(self._differing(profile.settings) or self._status() & _SETTINGS_LOST)
        return not self.settings_lost and link.write(_ALARM_STATUS, b"\xff\xff")

    def _differing(self, settings):
        return [(address, data) for address, data in settings if not self._holds(address, data)]

    def _holds(self, address, data):
        block = self.link.ask(address, _BLOCK_BYTES)
        return block is not None and block[: len(data)] == data

    def _status(self):
        """Battery Status, low byte; all ones if it cannot be read."""
        block = self._block
        return block.data[0x12] if self.link.fetch(block) else 0xFF

    def switch_fets(self, on):
        """Let the chip close its FETs by itself, or force them off; True if the chip took the commands.

        FET_ENABLE toggles, so it is sent only where Manufacturing Status says that it is off.
        """
        link = self.link
        if not on:
            return link.command(_ALL_FETS_OFF)
        status = link.ask(_MFG_STATUS, 2)
        if status is None:
            return False
        if not status[0] & 0x10 and not link.command(_FET_ENABLE):
            return False
        return link.command(_ALL_FETS_ON)

    def read(self, now_ms):
        """Take new values at now_ms; True if cells and current are new. Temperatures come with every tenth call."""
        fresh = self.link.fetch(self._block) and self._take_cells()
        if fresh:
            self._read_ms[CELLS] = now_ms
            self.valid[CELLS] = 1
        self._until_slow -= 1
        if self._until_slow < 0 and not self.settings_lost and self.link.fetch(self._slow_block):
            self._take_temperatures()
            self._read_ms[TEMPERATURES] = now_ms
            self.valid[TEMPERATURES] = 1
            self._until_slow = self._temperatures_every - 1
        self._grow_old(now_ms)
        return fresh

    def age_ms(self, group, now_ms):
        """How old the values of CELLS or TEMPERATURES are; counts only while they are valid (30-bit clock)."""
        return (now_ms - self._read_ms[group]) & _TICKS

    def _grow_old(self, now_ms):
        limit_ms = self.stale_ms
        if self.age_ms(CELLS, now_ms) > limit_ms:
            self.valid[CELLS] = 0
        if self.age_ms(TEMPERATURES, now_ms) > limit_ms + limit_ms:
            self.valid[TEMPERATURES] = 0

    def _take_cells(self):
        data = self._block.data
        self.battery_status = data[0x12] | data[0x13] << 8
        if data[0x12] & _SETTINGS_LOST:
            self.settings_lost = True
        if self.settings_lost:
            return False
        self.safety_alert = data[2] | data[4] << 8 | data[6] << 16
        self.safety_status = data[3] | data[5] << 8 | data[7] << 16
        cell_uv = self.cell_uv
        at = 0x14
        for k in range(self.cells):
            cell_uv[k] = _signed(data, at) * 1000
            at += 2
        self.stack_mv = (data[0x34] | data[0x35] << 8) * 10
        self.current_ma = (self._ma_half - _signed(data, 0x3A) * self._ma_times) // self._ma_over
        return True

    def _take_temperatures(self):
        data = self._slow_block.data
        ts_mdegc = self.ts_mdegc
        self.alarms = data[0] | data[1] << 8
        ts_mdegc[0] = _signed(data, 0x70 - 0x62) * 100 - 273150
        ts_mdegc[1] = _signed(data, 0x72 - 0x62) * 100 - 273150
        ts_mdegc[2] = _signed(data, 0x74 - 0x62) * 100 - 273150
        ts_mdegc[INTERNAL] = _signed(data, 0x68 - 0x62) * 100 - 273150
        self.fets = data[0x7F - 0x62]


def _signed(data, at):
    word = data[at] | data[at + 1] << 8
    return word - 65536 if word & 32768 else word


def _no_clock():
    return 0
