"""The firmware's table of CAN messages as the desktop sees it: names one by one, factors and units that people read."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from firmware import commands, messages, modes
from firmware.diagnoses import DIAGNOSES
from firmware.messages import CELLS, FROM_HOST, FROM_PACK, RAW, TEMPERATURES, TRIPS

MOST_CELLS, SENSORS_A_CHIP, MOST_SENSORS = 128, 3, 24
_MULTIPLEXED = (CELLS, TEMPERATURES, TRIPS)
# What a unit of a reading is in the unit that is shown, and that.
_SHOWN: dict[str, tuple[Fraction, str]] = {
    "uv": (Fraction(1, 10**6), "V"),
    "mv": (Fraction(1, 1000), "V"),
    "ma": (Fraction(1, 1000), "A"),
    "ua": (Fraction(1, 1000), "mA"),
    "mdegc": (Fraction(1, 1000), "degC"),
    "mk": (Fraction(1, 1000), "K"),
    "mk/min": (Fraction(1, 1000), "K/min"),
    "ms": (Fraction(1, 1000), "s"),
    "mm": (Fraction(1, 1000), "m"),
    "m": (Fraction(1, 1000), "km"),
    "nv/m": (Fraction(1), "nV/m"),
    "q15": (Fraction(100, 2**15), "%"),
    "q12": (Fraction(1, 2**12), "x"),
    "w": (Fraction(1), "W"),
    "wh": (Fraction(1), "Wh"),
    "kohm": (Fraction(1), "kOhm"),
    "s": (Fraction(1), "s"),
    "index": (Fraction(1), ""),
    "bits": (Fraction(1), ""),
    "bytes": (Fraction(1), ""),
    "": (Fraction(1), ""),
}
_CHOICES: dict[str, tuple[str, ...]] = {
    "mode": modes.NAMES,
    "command_result": commands.RESULTS,
    "command_code": commands.NAMES,
    "requested_code": commands.NAMES,
}


@dataclass(frozen=True)
class Signal:
    """Bits of a frame. physical = raw * factor + offset, in `unit`; low and high: the raw values that can be.

    missing: the raw value that says "not available", None for plain bytes. group: of a multiplexed message.
    """

    name: str
    start: int
    bits: int
    signed: bool
    factor: Fraction
    offset: int
    unit: str
    low: int
    high: int
    missing: int | None
    choices: tuple[str, ...] = ()
    group: int | None = None

    def raw(self, data: bytes) -> int:
        """Its count in eight bytes of data."""
        count = int.from_bytes(data, "little") >> self.start & (1 << self.bits) - 1
        return count - (1 << self.bits) if self.signed and count >> self.bits - 1 else count

    def value(self, data: bytes) -> float | str | None:
        """What it says, in `unit`; None for what is not available or cannot be."""
        count = self.raw(data)
        if not self.low <= count <= self.high:
            return None
        if self.choices:
            return self.choices[count] if count < len(self.choices) else str(count)
        return float(count * self.factor + self.offset)


@dataclass(frozen=True)
class Message:
    """One identifier. period_ms 0: sent when there is something to say. multiplexed: byte 0 is the group."""

    identifier: int
    name: str
    period_ms: int
    protected: bool
    multiplexed: bool
    from_pack: bool
    signals: tuple[Signal, ...]


def decimal(number: Fraction) -> str:
    """A fraction whose denominator is made of twos and fives, exactly, without an exponent."""
    text = format(Decimal(number.numerator) / Decimal(number.denominator), "f")
    if Fraction(text) != number:
        raise ValueError(f"{number} has no short decimal")
    return text


def messages_of(cells: int = MOST_CELLS, sensors: int = MOST_SENSORS) -> tuple[Message, ...]:
    """All messages of a pack with so many cells and sensors."""
    counts = {CELLS: cells, TEMPERATURES: sensors, TRIPS: DIAGNOSES}
    rows = [(row, True) for row in FROM_PACK] + [(row, False) for row in FROM_HOST]
    return tuple(
        Message(
            row[messages.ID],
            row[messages.NAME],
            row[messages.PERIOD_MS],
            bool(row[messages.PROTECTED]),
            row[messages.ARRAY] in _MULTIPLEXED,
            from_pack,
            tuple(_signals(row, counts)),
        )
        for row, from_pack in rows
    )


def _signals(row: tuple, counts: dict[int, int]) -> Iterator[Signal]:
    array, signals = row[messages.ARRAY], row[messages.SIGNALS]
    if array not in _MULTIPLEXED:
        for signal in signals:
            yield _signal(signal, signal[messages.S_NAME], None)
        return
    first = 0 if array == TRIPS else 1  # people count cells from one, diagnoses have numbers
    for element in range(counts[array]):
        group, place = divmod(element, len(signals))
        yield _signal(signals[place], signals[place][messages.S_NAME] % (element + first), group)


def _signal(row: tuple, name: str, group: int | None) -> Signal:
    bits, signed, unit = row[messages.S_BITS], bool(row[messages.S_SIGNED]), row[messages.S_UNIT]
    factor, shown = _SHOWN[unit]
    raw = row[messages.S_SOURCE] == RAW
    if raw:
        low, high, missing = 0, (1 << bits) - 1, None
    elif signed:
        low, high, missing = 1 - (1 << bits - 1), (1 << bits - 1) - 1, -(1 << bits - 1)
    else:
        low, high, missing = 0, min((1 << bits) - 2, 0x3FFFFFFF), (1 << bits) - 1
    return Signal(
        name,
        row[messages.S_START],
        bits,
        signed,
        factor * row[messages.S_SCALE],
        1 if unit == "index" else 0,
        shown,
        low,
        high,
        missing,
        _CHOICES.get(name, ()),
        group,
    )
