"""What a pack wants of its BQ76952, as the bytes that go into data memory, and what such bytes make the chip do.

Limits are rounded to the safe side (an upper one down, a lower one up, a delay down, a hysteresis up) and checked
against the chip's ranges before they are packed (TI SLUUBY2B, SLUUBY1B, SLUUCG7). Addresses: bq769x2_registers.h of
LibreSolar's bms-firmware.
"""

import struct

ALL_A = 0xFC  # Enabled Protections A: SCD, OCD2, OCD1, OCC, COV, CUV
CELLS_A = 0x0C  # of a chip without a shunt: COV, CUV
ALL_B = 0xF7  # Enabled Protections B: over- and under-temperature of charge, discharge, FET and die
_COVL, _OCDL, _SCDL, _HWDF = 0x10, 0x20, 0x40, 0x02  # Enabled Protections C
_USER_UA = (100, 1000, 10000, 100000)
_SHORT_MV = (10, 20, 40, 60, 80, 100, 125, 150, 175, 200, 250, 300, 350, 400, 450, 500)

# Kinds of fields: value and shunt in uohm to code, code and shunt to value.
_OVER_CELL = (lambda mv, _: mv * 10 // 506, lambda code, _: code * 506 // 10)
_UNDER_CELL = (lambda mv, _: -(-mv * 10 // 506), lambda code, _: code * 506 // 10)
_DELAY = (lambda ms, _: ms * 1000 // 3300 - 2, lambda code, _: (code + 2) * 3300 // 1000)
_CURRENT = (lambda ma, shunt: ma * shunt // 2000000, lambda code, shunt: code * 2000000 // shunt)
_SHORT = (
    lambda ma, shunt: sum(level * 1000000 <= ma * shunt for level in _SHORT_MV) - 1,
    lambda code, shunt: _SHORT_MV[code & 15] * 1000000 // shunt,
)
_SHORT_DELAY = (lambda us, _: us // 15 + 1, lambda code, _: (code - 1) * 15)
_HOT = (lambda mdegc, _: mdegc // 1000, lambda code, _: code * 1000)
_COLD = (lambda mdegc, _: -(-mdegc // 1000), lambda code, _: code * 1000)
_SAME = (lambda value, _: value, lambda code, _: code)
_TURNED = (lambda ma, _: -ma, lambda code, _: -code)

# A row is an address and the fields from there on: name, struct format, kind, default, lowest and highest code.
_ROWS = (
    (0x9275, (("under_mv", "B", _UNDER_CELL, 2500, 20, 90), ("under_delay_ms", "H", _DELAY, 250, 1, 2047))),
    (0x9278, (("over_mv", "B", _OVER_CELL, 4250, 20, 110), ("over_delay_ms", "H", _DELAY, 250, 1, 2047))),
    (
        0x927B,
        (
            ("under_hysteresis_mv", "B", _UNDER_CELL, 100, 2, 20),
            ("over_hysteresis_mv", "B", _UNDER_CELL, 100, 2, 20),
            ("over_latch", "B", _SAME, 0, 0, 255),
        ),
    ),
    (0x9280, (("charge_ma", "B", _CURRENT, 60000, 2, 62), ("charge_delay_ms", "B", _DELAY, 100, 1, 127))),
    (0x9282, (("discharge_ma", "B", _CURRENT, 150000, 2, 100), ("discharge_delay_ms", "B", _DELAY, 100, 1, 127))),
    (0x9284, (("peak_ma", "B", _CURRENT, 200000, 2, 100), ("peak_delay_ms", "B", _DELAY, 20, 1, 127))),
    (0x9286, (("short_ma", "B", _SHORT, 250000, 0, 15),)),
    (0x9287, (("short_delay_us", "B", _SHORT_DELAY, 15, 1, 31),)),
    # So much must flow the other way; below 0: so little this way. At 0 a pack whose contactors opened never recovers.
    (0x9288, (("charge_recovery_ma", "h", _TURNED, -200, -32768, 32767),)),
    (0x928D, (("discharge_recovery_ma", "h", _SAME, -200, -32768, 32767), ("discharge_latch", "B", _SAME, 2, 0, 255))),
    (0x9294, (("short_recovery_s", "B", _SAME, 5, 0, 255), ("short_latch", "B", _SAME, 2, 0, 255))),
    (0x929A, (("otc_mdegc", "b", _HOT, 55000, -40, 120), ("otc_delay_s", "B", _SAME, 2, 0, 255))),
    (0x929D, (("otd_mdegc", "b", _HOT, 60000, -40, 120), ("otd_delay_s", "B", _SAME, 2, 0, 255))),
    (0x92A0, (("otf_mdegc", "B", _HOT, 80000, 0, 150), ("otf_delay_s", "B", _SAME, 2, 0, 255))),
    (0x92A3, (("otint_mdegc", "b", _HOT, 85000, -40, 120), ("otint_delay_s", "B", _SAME, 2, 0, 255))),
    (0x92A6, (("utc_mdegc", "b", _COLD, 0, -40, 120), ("utc_delay_s", "B", _SAME, 2, 0, 255))),
    (0x92A9, (("utd_mdegc", "b", _COLD, 0, -40, 120), ("utd_delay_s", "B", _SAME, 2, 0, 255))),
    (0x92AC, (("utint_mdegc", "b", _COLD, -20000, -40, 120), ("utint_delay_s", "B", _SAME, 2, 0, 255))),
    (0x92AF, (("recovery_s", "B", _SAME, 3, 0, 255),)),
    (0x92B2, (("host_watchdog_s", "H", _SAME, 2, 0, 65535),)),  # 0: not watched
    (0x9314, (("open_wire_s", "B", _SAME, 3, 0, 255),)),  # 0: no check
    (
        0x9336,  # balancing
        (
            ("balancing_cold_mdegc", "b", _COLD, 0, -128, 127),
            ("balancing_hot_mdegc", "b", _HOT, 50000, -128, 127),
            ("balancing_die_mdegc", "b", _HOT, 70000, -128, 127),
            ("balancing_interval_s", "B", _SAME, 20, 1, 255),
            ("balancing_cells", "B", _SAME, 16, 0, 16),
        ),
    ),
)
_THERMAL = ("otc_mdegc", "otd_mdegc", "otf_mdegc", "otint_mdegc", "utc_mdegc", "utd_mdegc", "utint_mdegc")
_THERMAL_FIRST = 0x929A  # thermal rows: three bytes each, the third the recovery temperature


def within(name, value, low, high):
    if not low <= value <= high:
        raise ValueError("%s comes to %d in the steps of the BQ76952, which takes %d..%d" % (name, value, low, high))
    return value


def taken(byte_at, shunt_uohm):
    """What data memory makes the chip do: {name: value} of every limit; byte_at(address, n) gives n bytes of it."""
    told = {}
    for address, fields in _ROWS:
        form = "<" + "".join([field[1] for field in fields])
        codes = struct.unpack(form, byte_at(address, struct.calcsize(form)))
        for k in range(len(fields)):
            told[fields[k][0]] = fields[k][2][1](codes[k], shunt_uohm)
    return told


class Profile:
    """Settings of one chip; raises ValueError, naming the quantity, if the chip cannot do what is asked.

    cells: 1..16, from the lowest input; thermistors: 1..3, from TS1; currents are all positive. charge_ma,
    discharge_ma, peak_ma and short_ma are the limits OCC, OCD1, OCD2 and SCD; current_delay_ms that of the first two.
    enabled_a, b, c: masks of Enabled Protections; to c come the latches whose limit is not 0 and the host watchdog, if
    host_watchdog_s is not 0. thermal_hysteresis_mdegc: below (above) the limit by so much a temperature has recovered.
    fet_options: 0x9308. limits: by the names in the table above.

    Attributes: settings, a list of (address, bytes); user_amps, the unit of the current register in
    DA config; achieved, the limits after rounding.
    """

    def __init__(
        self,
        cells=16,
        shunt_uohm=1000,
        thermistors=3,
        current_max_ma=200000,
        current_delay_ms=100,
        enabled_a=ALL_A,
        enabled_b=0,
        enabled_c=0,
        fet_options=0x0D,
        thermal_hysteresis_mdegc=5000,
        **limits,
    ):
        self.cells = within("cells", cells, 1, 16)
        self.thermistors = within("thermistors", thermistors, 1, 3)
        self.shunt_uohm = within("shunt_uohm", shunt_uohm, 50, 75000)
        self.settings = []
        for name in ("charge_delay_ms", "discharge_delay_ms"):
            limits[name] = limits.get(name, current_delay_ms)
        values = {}
        for address, fields in _ROWS:
            self._put_row(address, fields, limits, values)
        if limits:
            raise ValueError("the BQ76952 has no limit named " + ", ".join(limits))
        self._recover(values, within("thermal_hysteresis_mdegc", thermal_hysteresis_mdegc, 0, 100000))
        self._scale(current_max_ma)
        enabled_c |= _COVL if values["over_latch"] else 0
        enabled_c |= _OCDL if values["discharge_latch"] else 0
        enabled_c |= _SCDL if values["short_latch"] else 0
        enabled_c |= _HWDF if values["host_watchdog_s"] else 0
        self._put(0x9261, "BBB", enabled_a, enabled_b, enabled_c)
        self._put(0x9265, "BBB", 0x98, 0xD5, 0x56)  # what opens the charge FET; A: at once, with this mask only
        self._put(0x9269, "BBB", 0xE4, 0xE6, 0xE2)  # and the discharge FET
        self._put(0x926D, "H", 0xF880)  # default alarm mask, and FULLSCAN
        self._put(0x9308, "B", fet_options)
        self._put(0x9335, "B", 0)  # nothing is balanced but what the host says
        self.settings.sort()
        self.achieved = taken(self._byte_at, self.shunt_uohm)

    def _put(self, address, form, *values):
        self.settings.append((address, struct.pack("<" + form, *values)))

    def _put_row(self, address, fields, limits, values):
        form = "<"
        codes = []
        for name, char, kind, default, low, high in fields:
            values[name] = limits.pop(name, default)
            form += char
            codes.append(within(name, kind[0](values[name], self.shunt_uohm), low, high))
        self.settings.append((address, struct.pack(form, *codes)))

    def _recover(self, values, hysteresis_mdegc):
        """Recovery temperatures: the fields behind limit and delay of the seven."""
        for k in range(len(_THERMAL)):
            name = _THERMAL[k]
            if name[0] == "o":
                back = (values[name] - hysteresis_mdegc) // 1000
            else:
                back = -(-(values[name] + hysteresis_mdegc) // 1000)
            unsigned = name == "otf_mdegc"
            within(name + " with its hysteresis", back, 0 if unsigned else -40, 150 if unsigned else 120)
            self._put(_THERMAL_FIRST + 3 * k + 2, "B" if unsigned else "b", back)

    def _scale(self, current_max_ma):
        unit = 0
        while unit < 3 and 32767 * _USER_UA[unit] < 1000 * current_max_ma:
            unit += 1
        within("current_max_ma", current_max_ma, 0, 32767 * _USER_UA[unit] // 1000)
        self.user_amps = unit
        gain = 7568.4 / self.shunt_uohm  # mA a count at VREF2 = 1.24 V
        self._put(0x91A8, "ff", gain, gain * 298261.6178)
        self._put(0x9234, "H", 0x2882)  # default without SLEEP: a car that waits at a light is in use
        for pin in range(self.thermistors):
            self._put(0x92FD + pin, "B", 0x07)
        self._put(0x9303, "B", 0x04 | unit)
        self._put(0x9304, "H", (1 << self.cells) - 1)

    def _byte_at(self, address, n):
        for start, data in self.settings:
            if start <= address and address + n <= start + len(data):
                return data[address - start : address - start + n]
        raise ValueError("no setting at 0x%x" % address)


def profiles(cells, enabled_a=ALL_A, **limits):
    """A Profile for each chip of a stack; cells: how many each one has. Those without the shunt watch no current."""
    made = []
    for k in range(len(cells)):
        mine = enabled_a if k == 0 else enabled_a & CELLS_A
        alike = k > 1 and cells[k] == cells[k - 1]  # making one takes 11 kB of heap, in a tick that gives none back
        made.append(made[-1] if alike else Profile(cells=cells[k], enabled_a=mine, **limits))
    return made
