"""The unit in which people read a reading of the firmware, by the ending of its name."""

from firmware import readings

# Ending of a reading's name: unit, how many of the reading make one of it.
_UNITS = {
    "_UV": ("V", 1_000_000),
    "_MV": ("V", 1_000),
    "_MA": ("A", 1_000),
    "_UA": ("mA", 1_000),
    "SPREAD_MDEGC": ("K", 1_000),
    "_MDEGC_MIN": ("K/min", 1_000),
    "_MDEGC": ("degC", 1_000),
    "_MS": ("s", 1_000),
    "_KOHM": ("kohm", 1),
    "_Q12": ("", 4_096),
}
NAMES = {value: name for name, value in vars(readings).items() if name.isupper() and name != "READINGS"}


def unit(reading: int) -> tuple[str, int]:
    """Unit, and how many of the reading make one of it; ("", 1) for a count or a flag."""
    return next((found for ending, found in _UNITS.items() if NAMES[reading].endswith(ending)), ("", 1))


def told(reading: int, value: int) -> str:
    """A value of this reading, with its unit."""
    name, per = unit(reading)
    return f"{value / per:.10g} {name}".strip()
