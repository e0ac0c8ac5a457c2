"""The data memory of a BQ76952 as it leaves the factory: address, format, name, default and where the default is from.

Addresses: register list of LibreSolar bms-firmware (`bq769x2_registers.h`). Bytes that no row names read zero.
"""

from typing import NamedTuple

TRM = "TI SLUUBY2B (BQ76952)"
TRM42 = "TI SLUUBY1B (BQ76942)"
TRM22 = "TI SLUUCG7 (BQ76922)"
TRM72 = "TI SLUUCW9 (BQ76972)"
CALIBRATION = "TI SLUAA32A"
REPORT = "published report quoting TI SLUUBY2B"
UNCONFIRMED = "unconfirmed"


class Setting(NamedTuple):
    """One field: `kind` is a struct format character, little-endian."""

    address: int
    kind: str
    name: str
    default: float
    source: str


DEFAULTS: tuple[Setting, ...] = (
    *(Setting(0x9180 + 2 * n, "h", f"cell {n + 1} gain", 0, TRM42) for n in range(16)),
    Setting(0x91A8, "f", "cc gain", 7.4768, CALIBRATION),  # mA a count; 7.5684 / shunt in mOhm is nominal
    Setting(0x91AC, "f", "capacity gain", 2230042.463, TRM72),  # cc gain x 298261.6178
    Setting(0x91B0, "h", "vcell offset", 0, REPORT),
    Setting(0x91B2, "h", "vdiv offset", 0, REPORT),
    Setting(0x91C6, "H", "coulomb counter offset samples", 64, REPORT),
    Setting(0x91C8, "h", "board offset", 0, REPORT),
    Setting(0x91D4, "H", "cuv threshold override", 0xFFFF, REPORT),
    Setting(0x91D6, "H", "cov threshold override", 0xFFFF, REPORT),
    Setting(0x922D, "B", "cc deadband", 9, UNCONFIRMED),  # 234 nV
    Setting(0x9234, "H", "power config", 0x2982, TRM),
    Setting(0x9239, "B", "comm type", 0, REPORT),
    Setting(0x923A, "B", "i2c address", 0, REPORT),
    Setting(0x9248, "h", "sleep current", 20, UNCONFIRMED),  # mA
    Setting(0x924A, "B", "sleep voltage time", 5, TRM22),  # s
    Setting(0x924B, "h", "wake comparator current", 500, UNCONFIRMED),  # mA
    Setting(0x924D, "B", "sleep hysteresis time", 10, TRM22),  # s
    Setting(0x9250, "h", "sleep pack-tos delta", 200, TRM72),  # 10 mV
    Setting(0x925F, "H", "protection configuration", 0x0002, REPORT),
    Setting(0x9261, "B", "enabled protections a", 0x88, REPORT),  # SCD and COV
    Setting(0x9262, "B", "enabled protections b", 0x00, TRM42),
    Setting(0x9263, "B", "enabled protections c", 0x00, REPORT),
    Setting(0x9265, "B", "chg fet protections a", 0x98, TRM),
    Setting(0x9266, "B", "chg fet protections b", 0xD5, REPORT),
    Setting(0x9267, "B", "chg fet protections c", 0x56, REPORT),
    Setting(0x9269, "B", "dsg fet protections a", 0xE4, REPORT),
    Setting(0x926A, "B", "dsg fet protections b", 0xE6, REPORT),
    Setting(0x926B, "B", "dsg fet protections c", 0xE2, REPORT),
    Setting(0x926D, "H", "default alarm mask", 0xF800, REPORT),
    Setting(0x9273, "h", "body diode threshold", 50, REPORT),  # mA
    Setting(0x9275, "B", "cuv threshold", 50, REPORT),  # 50.6 mV
    Setting(0x9276, "H", "cuv delay", 74, REPORT),  # 3.3 ms x (2 + setting)
    Setting(0x9278, "B", "cov threshold", 86, TRM),  # 50.6 mV
    Setting(0x9279, "H", "cov delay", 74, TRM),
    Setting(0x927B, "B", "cuv recovery hysteresis", 2, REPORT),  # 50.6 mV
    Setting(0x927C, "B", "cov recovery hysteresis", 2, REPORT),
    Setting(0x927D, "B", "covl latch limit", 0, REPORT),
    Setting(0x927E, "B", "covl counter decay", 10, REPORT),  # s
    Setting(0x927F, "B", "covl recovery time", 15, REPORT),  # s
    Setting(0x9280, "B", "occ threshold", 2, TRM42),  # 2 mV
    Setting(0x9281, "B", "occ delay", 4, TRM),
    Setting(0x9282, "B", "ocd1 threshold", 4, REPORT),
    Setting(0x9283, "B", "ocd1 delay", 1, REPORT),
    Setting(0x9284, "B", "ocd2 threshold", 3, TRM42),
    Setting(0x9285, "B", "ocd2 delay", 7, TRM42),
    Setting(0x9286, "B", "scd threshold", 0, TRM42),  # index: 10 mV
    Setting(0x9287, "B", "scd delay", 2, TRM42),  # 15 us x (setting - 1)
    Setting(0x9288, "h", "occ recovery threshold", -200, TRM42),  # mA
    Setting(0x928A, "h", "ocd3 threshold", -4000, REPORT),  # userA
    Setting(0x928C, "B", "ocd3 delay", 2, REPORT),  # s
    Setting(0x928D, "h", "ocd recovery threshold", 200, UNCONFIRMED),  # mA
    Setting(0x928F, "B", "ocdl latch limit", 0, UNCONFIRMED),
    Setting(0x9290, "B", "ocdl counter decay", 10, TRM22),  # s
    Setting(0x9291, "B", "ocdl recovery time", 15, TRM42),  # s
    Setting(0x9292, "h", "ocdl recovery threshold", 200, TRM42),  # mA
    Setting(0x9294, "B", "scd recovery time", 5, UNCONFIRMED),  # s
    Setting(0x9295, "B", "scdl latch limit", 0, UNCONFIRMED),
    Setting(0x9296, "B", "scdl counter decay", 10, TRM42),  # s
    Setting(0x9297, "B", "scdl recovery time", 15, UNCONFIRMED),  # s
    Setting(0x9298, "h", "scdl recovery threshold", 200, UNCONFIRMED),  # mA
    Setting(0x929A, "b", "otc threshold", 55, TRM42),  # degC, as every temperature below
    Setting(0x929B, "B", "otc delay", 2, TRM22),  # s, as every thermal delay
    Setting(0x929C, "b", "otc recovery", 50, REPORT),
    Setting(0x929D, "b", "otd threshold", 60, REPORT),
    Setting(0x929E, "B", "otd delay", 2, REPORT),
    Setting(0x929F, "b", "otd recovery", 55, REPORT),
    Setting(0x92A0, "B", "otf threshold", 80, TRM42),
    Setting(0x92A1, "B", "otf delay", 2, REPORT),
    Setting(0x92A2, "B", "otf recovery", 65, REPORT),
    Setting(0x92A3, "b", "otint threshold", 85, REPORT),
    Setting(0x92A4, "B", "otint delay", 2, REPORT),
    Setting(0x92A5, "b", "otint recovery", 80, REPORT),
    Setting(0x92A6, "b", "utc threshold", 0, TRM22),
    Setting(0x92A7, "B", "utc delay", 2, REPORT),
    Setting(0x92A8, "b", "utc recovery", 5, REPORT),
    Setting(0x92A9, "b", "utd threshold", 0, REPORT),
    Setting(0x92AA, "B", "utd delay", 2, REPORT),
    Setting(0x92AB, "b", "utd recovery", 5, TRM42),
    Setting(0x92AC, "b", "utint threshold", -20, TRM42),
    Setting(0x92AD, "B", "utint delay", 2, REPORT),
    Setting(0x92AE, "b", "utint recovery", -15, REPORT),
    Setting(0x92AF, "B", "recovery time", 3, TRM42),  # s
    Setting(0x92B2, "H", "host watchdog delay", 60, TRM22),  # s
    Setting(0x92BA, "h", "pto charge threshold", 250, TRM42),  # mA
    Setting(0x92FD, "B", "ts1 config", 0x07, REPORT),  # 18 kOhm pull-up, cell temperature
    Setting(0x92FE, "B", "ts2 config", 0x00, REPORT),
    Setting(0x92FF, "B", "ts3 config", 0x00, REPORT),
    Setting(0x9303, "B", "da config", 0x05, REPORT),  # userV 10 mV, userA 1 mA
    Setting(0x9304, "H", "vcell mode", 0x0000, REPORT),  # 0: all sixteen
    Setting(0x9307, "B", "cc3 samples", 80, UNCONFIRMED),
    Setting(0x9308, "B", "fet options", 0x0D, REPORT),
    Setting(0x9309, "B", "charge pump control", 1, REPORT),
    Setting(0x9310, "h", "dsg current threshold", 100, REPORT),  # userA
    Setting(0x9312, "h", "chg current threshold", 50, REPORT),  # userA
    Setting(0x9314, "B", "open wire check time", 5, TRM22),  # s
    *(Setting(0x9315 + 2 * n, "h", f"interconnect {n + 1} resistance", 0, REPORT) for n in range(16)),  # mOhm
    Setting(0x9335, "B", "balancing configuration", 0x00, REPORT),
    Setting(0x9336, "b", "balancing min cell temperature", -20, REPORT),
    Setting(0x9337, "b", "balancing max cell temperature", 60, REPORT),
    Setting(0x9338, "b", "balancing max internal temperature", 70, REPORT),
    Setting(0x9339, "B", "balancing interval", 20, REPORT),  # s
    Setting(0x933A, "B", "balancing max cells", 1, REPORT),
    Setting(0x933B, "h", "balancing charge min cell voltage", 3900, REPORT),  # mV
    Setting(0x933D, "B", "balancing charge start delta", 40, REPORT),  # mV
    Setting(0x933E, "B", "balancing charge stop delta", 20, REPORT),  # mV
    Setting(0x933F, "h", "balancing relax min cell voltage", 3900, REPORT),
    Setting(0x9341, "B", "balancing relax start delta", 40, REPORT),
    Setting(0x9342, "B", "balancing relax stop delta", 20, REPORT),
    Setting(0x9343, "H", "mfg status init", 0x0040, REPORT),
)
