"""What the controller is doing, and what the vehicle wishes it to do."""

from firmware.kernels.dialect import const

OFF = const(0)  # contactors open, all well
SELF_TEST = const(1)  # since the start: nothing closes before the pack is understood
PRECHARGE = const(2)
DRIVE = const(3)
CHARGE = const(4)
BALANCE = const(5)  # contactors open, resistors on
FAULT = const(6)  # contactors open until what opened them is over
SHUTDOWN = const(7)  # for good, until the next start
NAMES = ("off", "self-test", "pre-charge", "drive", "charge", "balance", "fault", "shutdown")

WISH_OPEN = const(0)
WISH_DRIVE = const(1)
WISH_CHARGE = const(2)
