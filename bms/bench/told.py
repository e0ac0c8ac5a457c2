"""What a running controller tells on its console (firmware/telling.py), in words and in the units that people read."""

import re
from binascii import crc_hqx
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from bms.estimation.guard_rows import Limits, rows
from firmware import balancing, diagnoses, modes, telling
from firmware import readings as of

_LONGEST = 8 * telling.WORDS + 100
_PART_OF_A_LINE = re.compile(rb"~|^[0-9a-f]{4,}$")
_TWO_SIGMA = 1.96
_ANY = Limits(16, 2.5, 4.2, 100.0, 100.0, 50.0)  # names of diagnoses do not depend on the pack
_REACTIONS = {
    diagnoses.NO_DISCHARGE: "no discharge",
    diagnoses.NO_CHARGE: "no charge",
    diagnoses.OPEN: "open",
    diagnoses.NO_CLOSE: "no closing",
    diagnoses.NO_BALANCE: "no balancing",
}


@dataclass(frozen=True)
class Told:
    """One line. serial, confirmed: of the image that runs. free_bytes: of the heap, when it was last cleaned."""

    serial: int
    confirmed: bool
    free_bytes: int
    readings: tuple[int, ...]

    def figures(self) -> dict[str, Any]:
        """Every unit is in the name; shares are 0..1; positive current discharges. readings: as the firmware counts."""
        r = self.readings
        return {
            "mode": _name(modes.NAMES, r[of.MODE]),
            "uptime_s": r[of.UPTIME_S],
            "period_ms": r[of.PERIOD_MS],
            "free_bytes": self.free_bytes,
            "image": {"serial": self.serial, "confirmed": self.confirmed},
            **_electrical(r),
            **_estimated(r),
            "balancing": {"cells": r[of.BALANCING], "reason": _name(balancing.NAMES, r[of.BALANCE_REASON])},
            "warns": _diagnoses(r[of.WARNINGS_A], r[of.WARNINGS_B]),
            "trips": _diagnoses(r[of.TRIPS_A], r[of.TRIPS_B]),
            "reactions": [name for bit, name in _REACTIONS.items() if r[of.REACTION] & bit],
            "readings": dict(zip(reading_names(), r, strict=True)),
        }


class Lines:
    """Bytes of a console in, what was told out. damaged: lines that were cut or changed. text: the last other line."""

    def __init__(self) -> None:
        self.damaged = 0
        self.text = ""
        self._pending = b""

    def feed(self, data: bytes) -> Iterator[Told]:
        """RuntimeError if the board tells in a layout that this desktop does not know."""
        *whole, self._pending = (self._pending + data).split(b"\n")
        if len(self._pending) > _LONGEST:
            whole.append(self._pending)
            self._pending = b""
        for line in map(bytes.strip, whole):
            told = _take(line)
            if told:
                yield told
            elif _PART_OF_A_LINE.search(line):
                self.damaged += 1
            elif line:
                self.text = line.decode(errors="replace")


@cache
def reading_names() -> tuple[str, ...]:
    """Of firmware/readings.py, in order; the further words of a reading of several bear their number."""
    starts = {value: name.lower() for name, value in vars(of).items() if name.isupper() and name != "READINGS"}
    names: list[str] = []
    for k in range(of.READINGS):
        first = max(start for start in starts if start <= k)
        names.append(starts[first] if first == k else f"{starts[first]}_{k - first}")
    return tuple(names)


def _take(line: bytes) -> Told | None:
    start = line.rfind(b"~")
    digits = line[start + 1 :]
    if start < 0 or len(digits) < 12 or not re.fullmatch(rb"(?:[0-9a-f]{8})+[0-9a-f]{4}", digits):
        return None
    data = bytes.fromhex(digits[:-4].decode())
    if crc_hqx(data, 0) != int(digits[-4:], 16):
        return None
    words = [int.from_bytes(data[k : k + 4], "big", signed=True) for k in range(0, len(data), 4)]
    if words[0] != telling.LAYOUT << 8 | telling.HEAD or len(words) != telling.WORDS:
        raise RuntimeError(
            f"The board tells {len(words)} words in layout {words[0] >> 8}, this bms knows {telling.WORDS} in layout "
            f"{telling.LAYOUT}: flash the firmware that belongs to it, or use the bms of the board's firmware."
        )
    return Told(words[1], bool(words[2]), words[3], tuple(words[telling.HEAD :]))


def _electrical(r: tuple[int, ...]) -> dict[str, Any]:
    return {
        "current_a": r[of.CURRENT_MA] / 1000,
        "pack_v": r[of.SUM_MV] / 1000,
        "cell_min_v": r[of.CELL_MIN_UV] / 1e6,
        "cell_min": r[of.CELL_MIN_AT] + 1,
        "cell_max_v": r[of.CELL_MAX_UV] / 1e6,
        "cell_max": r[of.CELL_MAX_AT] + 1,
        "temperature_min_c": r[of.T_MIN_MDEGC] / 1000,
        "temperature_max_c": r[of.T_MAX_MDEGC] / 1000,
    }


def _estimated(r: tuple[int, ...]) -> dict[str, Any]:
    lowest, off = r[of.SOC_MIN_Q15] / 2**15, _TWO_SIGMA * r[of.SD_Q15] / 2**15
    limits, powers = r[of.LIMIT_MA : of.LIMIT_MA + 6], r[of.POWER_W : of.POWER_W + 6]
    return {
        "soc_mean": r[of.SOC_MEAN_Q15] / 2**15,
        "soc_lowest": lowest,
        "soc_lowest_interval_95": [max(lowest - off, 0.0), min(lowest + off, 1.0)],
        "soc_highest": r[of.SOC_MAX_Q15] / 2**15,
        "discharge_limit_a": _for_times([limit / 1000 for limit in limits[:3]]),
        "charge_limit_a": _for_times([limit / 1000 for limit in limits[3:]]),
        "discharge_power_w": _for_times(powers[:3]),
        "charge_power_w": _for_times(powers[3:]),
        "energy_left_wh": r[of.ENERGY_WH],
        "range_km": {
            "p10": r[of.RANGE_P10_M] / 1000, "p50": r[of.RANGE_P50_M] / 1000, "p90": r[of.RANGE_P90_M] / 1000,
        },
    }  # fmt: skip


def _for_times(values: Any) -> dict[str, Any]:
    return dict(zip(("2s", "10s", "30s"), values, strict=True))


def _name(names: tuple[str, ...], number: int) -> str:
    return names[number] if 0 <= number < len(names) else str(number)


@cache
def _diagnosis_names() -> tuple[str, ...]:
    return tuple(row.name for row in rows(_ANY))


def _diagnoses(first: int, second: int) -> list[str]:
    return [name for k, name in enumerate(_diagnosis_names()) if (first, second)[k // 30] >> k % 30 & 1]
