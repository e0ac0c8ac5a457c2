"""What a cell is: every figure with its range, its status and its source."""

from itertools import pairwise
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from bms.cells.effects import Effects
from bms.cells.quantity import Quantity, Status, Strict

# V; by how much a limit of the voltage may lie outside the OCV, and inside it:
_BELOW_EMPTY_V, _ABOVE_FULL_V, _TOLERANCE_V = 2.0, 1.0, 0.05
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


class Melting(Strict):
    """A polymer above its melting point: R goes as exp(vtf_b_k / (T - vtf_t0_c)), after Vogel, Tammann and Fulcher."""

    melting_c: Quantity
    vtf_b_k: Quantity
    vtf_t0_c: Quantity


class ResistanceLaw(Strict):
    """Resistances at 25 degC and 50 % SoC, Arrhenius over temperature, a factor on R1 and R2 over SoC."""

    kind: Literal["arrhenius"] = "arrhenius"
    r0_mohm: Quantity
    r1_mohm: Quantity
    r2_mohm: Quantity
    activation_r0_ev: Quantity
    activation_r1_ev: Quantity
    activation_r2_ev: Quantity
    soc_factor: Curve
    melting: Melting | None = None  # of a polymer; absent: Arrhenius at every temperature


class ResistanceTable(Strict):
    """Fitted resistances, mOhm, one row a temperature (rising), one column a SoC of the surface (rising).

    kinetic_mohm belongs to the charge transfer: at small currents a resistance, beyond `surface.exchange_c` it grows
    as asinh does.
    """

    kind: Literal["table"] = "table"
    temperature_c: Annotated[list[float], Field(min_length=2)]
    soc: Annotated[list[float], Field(min_length=2)]
    r0_mohm: list[list[float]]
    kinetic_mohm: list[list[float]] | None = None
    r1_mohm: list[list[float]]
    r2_mohm: list[list[float]]
    extrapolated_c: list[float] = Field(default_factory=list)
    status: Status
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _shape(self) -> Self:
        for axis, points in (("temperature_c", self.temperature_c), ("soc", self.soc)):
            if any(a >= b for a, b in pairwise(points)):
                raise ValueError(f"{axis} must rise")
        for name in ("r0_mohm", "kinetic_mohm", "r1_mohm", "r2_mohm"):
            rows = getattr(self, name)
            if rows is None:
                continue
            if len(rows) != len(self.temperature_c) or any(len(r) != len(self.soc) for r in rows):
                raise ValueError(f"{name} must have {len(self.temperature_c)} rows of {len(self.soc)} figures")
            if any(x < 0 for r in rows for x in r):
                raise ValueError(f"{name} has a negative resistance")
        return self


class Surface(Strict):
    """How the electrodes' surface departs from the mean of the cell; per C: of a current of the capacity in an hour.

    SoC of the surface = SoC - lag2 x2 - lag3 x3, with x2, x3 the currents (C) through the low-passes of tau2_s and
    tau3_s. Charge transfer: asinh(i / exchange) exchange in place of i (Butler-Volmer with equal transfer
    coefficients; Bard and Faulkner, Electrochemical Methods, 2001, chapter 3). Activation energies are positive where
    cold makes the lag larger and the exchange current smaller.
    """

    tau3_s: Quantity
    lag2_soc_per_c: Quantity  # at 25 degC
    lag2_activation_ev: Quantity
    lag3_soc_per_c: Quantity  # at 25 degC
    lag3_activation_ev: Quantity
    exchange_c: Quantity  # at 25 degC
    exchange_activation_ev: Quantity


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


class ModelError(Strict):
    """What the model cannot explain, as standard deviations: it makes the estimator's interval honest."""

    ocv_mv: Quantity  # slow error of the OCV
    soc_share: Quantity  # slow error that grows with the OCV's slope, as SoC
    polarisation_share: Quantity  # slow error as a share of the polarisation R i
    fast_share: Quantity  # error right after the load changed, as a share of the change in polarisation
    noise_mv: Quantity  # white, a 1 s mean
    correlation_s: Quantity  # how long the slow error lasts


class Cell(Strict):
    """A cell as the files in bms/cells describe it. Voltages in V, charge in Ah, temperatures in degC."""

    name: str
    chemistry: str
    # What is often said of the cell and is not so, or is missing:
    notes: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    capacity_ah: Quantity
    voltage_min_v: Quantity
    voltage_max_v: Quantity
    mass_kg: Quantity
    volume_l: Quantity | None = None
    ocv_v: Curve
    ocv_temperature_mv_per_k: Quantity  # the entropy coefficient
    ocv_shift_mv: Grid | None = None  # fitted over temperature and surface SoC: where present, it is used instead
    hysteresis_mv: Quantity  # half the gap between the charge and the discharge branch
    hysteresis_curve_mv: Curve | None = None  # the same over the surface's SoC: where present, it is used instead
    hysteresis_widening: Thermal | None = None  # factor on the gap against 25 degC; absent: it does not change
    hysteresis_rate: Quantity  # half gaps per unit of SoC moved, until a branch is reached, 1/SoC
    resistance: Annotated[ResistanceLaw | ResistanceTable, Field(discriminator="kind")]
    surface: Surface | None = None  # absent: the surface is like the rest, charge transfer is linear
    tau1_s: Quantity
    tau2_s: Quantity
    heat_capacity_j_per_k: Quantity
    cooling_w_per_k: Quantity
    discharge_max_c: Quantity
    charge_max_c: Quantity
    effects: Effects = Effects()
    model_error: ModelError
    residual_mv: Grid | None = None  # RMS of measured less modelled voltage, by temperature and SoC
    residual_by_current_mv: Profile | None = None

    @property
    def energy_wh(self) -> float:
        """Capacity times the mean OCV from empty to full."""
        soc = np.union1d([0.0], [z for z in self.ocv_v.soc if z > 0])
        return self.capacity_ah.value * float(np.trapezoid(np.interp(soc, self.ocv_v.soc, self.ocv_v.value), soc))

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.capacity_ah.low <= 0:
            raise ValueError(f"capacity_ah.low is {self.capacity_ah.low}, it must be above 0")
        low, high = self.voltage_min_v.value, self.voltage_max_v.value
        if low >= high:
            raise ValueError(f"voltage_min_v {low} is not below voltage_max_v {high}")
        if any(b < a for a, b in pairwise(self.ocv_v.value)):
            raise ValueError("ocv_v must not fall as SoC rises")
        empty, full = float(np.interp(0, self.ocv_v.soc, self.ocv_v.value)), self.ocv_v.value[-1]
        for key, limit, soc, at, least, most in (
            ("voltage_min_v", low, 0, empty, empty - _BELOW_EMPTY_V, empty + _TOLERANCE_V),
            ("voltage_max_v", high, 1, full, full - _TOLERANCE_V, full + _ABOVE_FULL_V),
        ):
            if not least <= limit <= most:
                seen = f"{key} is {limit:g} V but ocv_v at SoC {soc} is {at:.4g} V"
                raise ValueError(f"{seen}, so {least:.4g} .. {most:.4g} V is allowed")
        return self
