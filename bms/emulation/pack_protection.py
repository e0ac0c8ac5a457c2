"""A pack's own thresholds of the diagnoses, as its file may give them; what is absent follows from the cell.

A section is `[protection.over_voltage]` with warn_v, trip_v and a source. Only what depends on the pack may be given;
delays, recovery and reactions are the firmware's (docs/diagnoses.md).
"""

from itertools import pairwise
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from bms.cells.quantity import Figure, Strict
from firmware import diagnoses as d


class Thresholds(Strict):
    """Where a diagnosis warns and trips. _PER: how many of the reading's unit make one of the key's."""

    _PER: ClassVar[int] = 1
    source: Annotated[str, Field(min_length=1)]


class CellVolts(Thresholds):
    _PER: ClassVar[int] = 1_000_000
    warn_v: Annotated[Figure, Field(ge=0, le=6.05)] | None = None  # the monitor's converter ends there
    trip_v: Annotated[Figure, Field(ge=0, le=6.05)] | None = None


class StackVolts(Thresholds):
    _PER: ClassVar[int] = 1_000
    warn_v: Annotated[Figure, Field(gt=0, le=100)] | None = None
    trip_v: Annotated[Figure, Field(gt=0, le=100)] | None = None


class Amps(Thresholds):
    _PER: ClassVar[int] = 1_000
    warn_a: Annotated[Figure, Field(gt=0, le=10_000)] | None = None  # the estimator takes 10 kA
    trip_a: Annotated[Figure, Field(gt=0, le=10_000)] | None = None


class Milliamps(Thresholds):
    _PER: ClassVar[int] = 1_000
    warn_ma: Annotated[Figure, Field(gt=0, le=100_000)] | None = None
    trip_ma: Annotated[Figure, Field(gt=0, le=100_000)] | None = None


class Celsius(Thresholds):
    _PER: ClassVar[int] = 1_000
    warn_c: Annotated[Figure, Field(ge=-40, le=120)] | None = None  # as the BQ76952 takes them
    trip_c: Annotated[Figure, Field(ge=-40, le=120)] | None = None


class Kiloohm(Thresholds):
    warn_kohm: Annotated[Figure, Field(gt=0, le=100_000)] | None = None
    trip_kohm: Annotated[Figure, Field(gt=0, le=100_000)] | None = None


class Window(Strict):
    """degC between which the pack may be discharged, and charged: power fades towards its ends, and trips lie there."""

    cold_c: Annotated[Figure, Field(ge=-37, le=117)] | None = None  # the monitor's own limits lie 3 K beyond
    hot_c: Annotated[Figure, Field(ge=-37, le=117)] | None = None
    cold_charge_c: Annotated[Figure, Field(ge=-37, le=117)] | None = None
    hot_charge_c: Annotated[Figure, Field(ge=-37, le=117)] | None = None
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        given = [t for t in (self.cold_c, self.cold_charge_c, self.hot_charge_c, self.hot_c) if t is not None]
        if any(low > high for low, high in pairwise(given)):
            raise ValueError("temperatures must rise from cold_c over cold_charge_c and hot_charge_c to hot_c")
        return self


class Protection(Strict):
    """The section [protection] of a pack's file; a diagnosis' name is one of firmware/diagnoses.py."""

    window: Window | None = None
    over_voltage: CellVolts | None = None
    under_voltage: CellVolts | None = None
    deep_discharge: CellVolts | None = None
    over_temperature: Celsius | None = None
    over_temperature_charge: Celsius | None = None
    under_temperature: Celsius | None = None
    under_temperature_charge: Celsius | None = None
    over_current_discharge: Amps | None = None
    over_current_discharge_fast: Amps | None = None
    over_current_charge: Amps | None = None
    over_current_charge_fast: Amps | None = None
    sum_mismatch: StackVolts | None = None
    insulation: Kiloohm | None = None
    plating: Amps | None = None
    soft_short: Milliamps | None = None

    def changes(self) -> tuple[tuple[int, str, int], ...]:
        """(number of the diagnosis, "warn" or "trip", value in the unit of its reading) of all that is given."""
        found = []
        for name in type(self).model_fields:
            given = getattr(self, name)
            if not isinstance(given, Thresholds):
                continue
            for key, value in given:
                if key != "source" and value is not None:
                    number: int = getattr(d, name.upper())
                    found.append((number, key.split("_")[0], round(value * given._PER)))
        return tuple(found)

    def window_c(self) -> dict[str, float]:
        """What is given of the window, by the names of its keys."""
        return {} if self.window is None else self.window.model_dump(exclude={"source"}, exclude_none=True)
