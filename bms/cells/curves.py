"""Figures that are a curve or a table: over SoC, temperature or current, each with its status and source."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from bms.cells.quantity import Status, Strict

SURFACE_LEAST = -0.125  # SoC; under load the electrodes' surface may be emptier than an empty cell


class Curve(Strict):
    """A figure over SoC, rising from 0 (or from a surface emptier than that, not below SURFACE_LEAST) to 1."""

    soc: Annotated[list[float], Field(min_length=2)]
    value: list[float]
    status: Status
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _shape(self) -> Self:
        if len(self.soc) != len(self.value):
            raise ValueError(f"soc has {len(self.soc)} points but value has {len(self.value)}")
        if not SURFACE_LEAST <= self.soc[0] <= 0 or self.soc[-1] != 1 or any(a >= b for a, b in pairwise(self.soc)):
            raise ValueError(f"soc must rise from 0 (or from {SURFACE_LEAST} .. 0) to 1")
        return self


class Grid(Strict):
    """A figure over temperature (rows, rising) and SoC (columns, rising)."""

    temperature_c: Annotated[list[float], Field(min_length=2)]
    soc: Annotated[list[float], Field(min_length=2)]
    value: list[list[float]]
    status: Status
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _shape(self) -> Self:
        for axis, points in (("temperature_c", self.temperature_c), ("soc", self.soc)):
            if any(a >= b for a, b in pairwise(points)):
                raise ValueError(f"{axis} must rise")
        if len(self.value) != len(self.temperature_c) or any(len(row) != len(self.soc) for row in self.value):
            raise ValueError(f"value must have {len(self.temperature_c)} rows of {len(self.soc)} figures")
        return self


class Profile(Strict):
    """A figure over the current, C, rising; positive discharges."""

    current_c: Annotated[list[float], Field(min_length=1)]
    value: list[float]
    status: Status
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _shape(self) -> Self:
        if len(self.current_c) != len(self.value):
            raise ValueError(f"current_c has {len(self.current_c)} points but value has {len(self.value)}")
        if any(a >= b for a, b in pairwise(self.current_c)):
            raise ValueError("current_c must rise")
        return self


class Thermal(Strict):
    """A figure over the temperature, degC, rising."""

    temperature_c: Annotated[list[float], Field(min_length=1)]
    value: list[Annotated[float, Field(gt=0)]]
    status: Status
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _shape(self) -> Self:
        if len(self.temperature_c) != len(self.value):
            raise ValueError(f"temperature_c has {len(self.temperature_c)} points but value has {len(self.value)}")
        if any(a >= b for a, b in pairwise(self.temperature_c)):
            raise ValueError("temperature_c must rise")
        return self
