"""Addresses, commands and bits of the BQ76952, as its Technical Reference Manual (TI SLUUBY2B) numbers them.

Direct commands are little-endian and 16 bits wide unless a name says otherwise; the chip's own signs and units apply
(current positive while charging, temperatures in 0.1 K).
"""

from enum import IntEnum


class Direct(IntEnum):
    """One-byte addresses."""

    CONTROL_STATUS = 0x00
    SAFETY_ALERT_A = 0x02  # U1; alert and status of A, B, C alternate up to 0x07
    BATTERY_STATUS = 0x12
    CELL_1 = 0x14  # I2, mV; cell n at 0x14 + 2 (n - 1)
    STACK = 0x34  # U2, userV
    PACK = 0x36  # U2, userV
    LD = 0x38  # U2, userV
    CC2_CURRENT = 0x3A  # I2, userA
    SUBCOMMAND = 0x3E
    BUFFER = 0x40
    CHECKSUM = 0x60  # U1
    LENGTH = 0x61  # U1
    ALARM_STATUS = 0x62
    ALARM_RAW = 0x64
    ALARM_ENABLE = 0x66
    INTERNAL_TEMPERATURE = 0x68  # I2, 0.1 K
    TS1 = 0x70  # I2, 0.1 K; TS2 and TS3 follow
    FET_STATUS = 0x7F  # U1


class Subcommand(IntEnum):
    """Two-byte commands written to 0x3E."""

    DEVICE_NUMBER = 0x0001
    FW_VERSION = 0x0002
    STATIC_CFG_SIG = 0x0005
    PREV_MACWRITE = 0x0007
    RESET = 0x0012
    PDSGTEST = 0x001C
    PCHGTEST = 0x001E
    CHGTEST = 0x001F
    DSGTEST = 0x0020
    FET_ENABLE = 0x0022
    MFG_STATUS = 0x0057
    MANU_DATA = 0x0070
    DASTATUS1 = 0x0071  # DASTATUS2 .. 4 follow
    DASTATUS5 = 0x0075
    DASTATUS6 = 0x0076
    RESET_PASSQ = 0x0082
    CB_ACTIVE_CELLS = 0x0083
    CBSTATUS1 = 0x0085  # CBSTATUS2 and 3 follow
    SET_CFGUPDATE = 0x0090
    EXIT_CFGUPDATE = 0x0092
    DSG_PDSG_OFF = 0x0093
    CHG_PCHG_OFF = 0x0094
    ALL_FETS_OFF = 0x0095
    ALL_FETS_ON = 0x0096
    FET_CONTROL = 0x0097
    SLEEP_ENABLE = 0x0099
    SLEEP_DISABLE = 0x009A
    OCDL_RECOVER = 0x009B
    SCDL_RECOVER = 0x009C


class Battery(IntEnum):
    """Battery Status, 0x12."""

    CFGUPDATE = 1 << 0
    SLEEP_EN = 1 << 2
    POR = 1 << 3
    FULL_ACCESS = 1 << 8
    SAFETY_STATUS = 1 << 11
    SLEEP = 1 << 15


class Alarm(IntEnum):
    """Alarm Status, Raw and Enable, 0x62 0x64 0x66."""

    ADSCAN = 1 << 1
    CB = 1 << 2
    XDSG = 1 << 5
    XCHG = 1 << 6
    FULLSCAN = 1 << 7
    INITCOMP = 1 << 9
    INITSTART = 1 << 10
    SSA = 1 << 14
    SSBC = 1 << 15


class SafetyA(IntEnum):
    """Safety Alert A and Status A, 0x02 0x03."""

    CUV = 1 << 2
    COV = 1 << 3
    OCC = 1 << 4
    OCD1 = 1 << 5
    OCD2 = 1 << 6
    SCD = 1 << 7


class SafetyB(IntEnum):
    """Safety Alert B and Status B, 0x04 0x05."""

    UTC = 1 << 0
    UTD = 1 << 1
    UTINT = 1 << 2
    OTC = 1 << 4
    OTD = 1 << 5
    OTINT = 1 << 6
    OTF = 1 << 7


class SafetyC(IntEnum):
    """Safety Alert C and Status C, 0x06 0x07; HWDF has no alert."""

    HWDF = 1 << 1
    COVL = 1 << 4
    OCDL = 1 << 5
    SCDL = 1 << 6
    OCD3 = 1 << 7


class Fet(IntEnum):
    """FET Status, 0x7F: 1 is on."""

    CHG = 1 << 0
    PCHG = 1 << 1
    DSG = 1 << 2
    PDSG = 1 << 3


DEVICE_BQ76952 = 0x7695
VERSION = bytes((0x76, 0x95, 0x00, 0x36, 0x00, 0x31))  # FW_VERSION: device, firmware, build; the latter two are assumed
VERSION_LENGTH = 11  # its length byte, where 4 + 6 would be right (TI E2E thread 1010048)
