"""What a cell is: every figure with its range, its status and its source."""

from itertools import pairwise
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from bms.cells.curves import Curve, Grid, Profile, Thermal
from bms.cells.effects import Effects
from bms.cells.quantity import (
    ActivationEv,
    Factor,
    Milliohm,
    Millivolt,
    Quantity,
    RateC,
    Share,
    Status,
    Strict,
    TemperatureC,
    TimeS,
    Volt,
    within,
)

# V; by how much a limit of the voltage may lie outside the OCV at empty and at full, and its value inside:
_BELOW_EMPTY_V, _ABOVE_FULL_V, TOLERANCE_V = 1.0, 0.3, 0.05
_UNDER_LOAD_V = 1.0  # V farther out, where the limit was seen in tests: what a cell went to under load
_ROUNDED_V = 1e-6  # V, of sums of figures with two decimals


class Melting(Strict):
    """A polymer above its melting point: R goes as exp(vtf_b_k / (T - vtf_t0_c)), after Vogel, Tammann and Fulcher."""

    melting_c: TemperatureC
    vtf_b_k: Annotated[Quantity, within(1, 1e5)]
    vtf_t0_c: Annotated[Quantity, within(-273, 200)]

    @model_validator(mode="after")
    def _pole(self) -> Self:
        melting, pole = self.melting_c.value, self.vtf_t0_c.value
        if pole >= melting:
            raise ValueError(f"vtf_t0_c {pole:g} must be below melting_c {melting:g}: there the resistance is infinite")
        return self


class ResistanceLaw(Strict):
    """Resistances at 25 degC and 50 % SoC, Arrhenius over temperature, a factor on R1 and R2 over SoC."""

    kind: Literal["arrhenius"] = "arrhenius"
    r0_mohm: Milliohm
    r1_mohm: Milliohm
    r2_mohm: Milliohm
    activation_r0_ev: ActivationEv
    activation_r1_ev: ActivationEv
    activation_r2_ev: ActivationEv
    soc_factor: Curve
    melting: Melting | None = None  # of a polymer; absent: Arrhenius at every temperature

    @model_validator(mode="after")
    def _factors(self) -> Self:
        if (least := min(self.soc_factor.value)) <= 0:
            raise ValueError(f"soc_factor.value has {least:g}, a factor on a resistance must be above 0")
        return self


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

    tau3_s: TimeS
    lag2_soc_per_c: Share  # at 25 degC
    lag2_activation_ev: ActivationEv
    lag3_soc_per_c: Share  # at 25 degC
    lag3_activation_ev: ActivationEv
    exchange_c: RateC  # at 25 degC
    exchange_activation_ev: ActivationEv


class ModelError(Strict):
    """What the model cannot explain, as standard deviations: it makes the estimator's interval honest."""

    ocv_mv: Millivolt  # slow error of the OCV
    soc_share: Share  # slow error that grows with the OCV's slope, as SoC
    polarisation_share: Factor  # slow error as a share of the polarisation R i
    fast_share: Factor  # error right after the load changed, as a share of the change in polarisation
    noise_mv: Annotated[Quantity, within(1e-3, 1e3)]  # white, a 1 s mean
    correlation_s: TimeS  # how long the slow error lasts
    lasting_mv: Millivolt | None = None  # error of the OCV that never ends, beyond what any cell has


class Cell(Strict):
    """A cell as the files in bms/cells describe it. Voltages in V, charge in Ah, temperatures in degC."""

    name: str
    chemistry: str
    # What is often said of the cell and is not so, or is missing:
    notes: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    capacity_ah: Annotated[Quantity, within(1e-4, 1e5)]
    voltage_min_v: Volt
    voltage_max_v: Volt
    mass_kg: Annotated[Quantity, within(1e-6, 1e4)]
    volume_l: Annotated[Quantity, within(1e-6, 1e4)] | None = None
    ocv_v: Curve
    ocv_temperature_mv_per_k: Annotated[Quantity, within(-10, 10)]  # the entropy coefficient
    ocv_shift_mv: Grid | None = None  # fitted over temperature and surface SoC: where present, it is used instead
    hysteresis_mv: Millivolt  # half the gap between the charge and the discharge branch
    hysteresis_curve_mv: Curve | None = None  # the same over the surface's SoC: where present, it is used instead
    hysteresis_widening: Thermal | None = None  # factor on the gap against 25 degC; absent: it does not change
    # Half gaps per unit of SoC moved, until a branch is reached, 1/SoC:
    hysteresis_rate: Annotated[Quantity, within(1e-3, 1e5)]
    resistance: Annotated[ResistanceLaw | ResistanceTable, Field(discriminator="kind")]
    surface: Surface | None = None  # absent: the surface is like the rest, charge transfer is linear
    tau1_s: TimeS
    tau2_s: TimeS
    heat_capacity_j_per_k: Annotated[Quantity, within(1e-3, 1e8)]
    cooling_w_per_k: Annotated[Quantity, within(0, 1e5)]
    discharge_max_c: RateC
    charge_max_c: RateC
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
        low, high = self.voltage_min_v.value, self.voltage_max_v.value
        if low >= high:
            raise ValueError(f"voltage_min_v {low} is not below voltage_max_v {high}")
        if any(b < a for a, b in pairwise(self.ocv_v.value)):
            raise ValueError("ocv_v must not fall as SoC rises")
        empty, full = float(np.interp(0, self.ocv_v.soc, self.ocv_v.value)), self.ocv_v.value[-1]
        _within_ocv("voltage_min_v", self.voltage_min_v, 0, empty, (_BELOW_EMPTY_V, TOLERANCE_V))
        _within_ocv("voltage_max_v", self.voltage_max_v, 1, full, (TOLERANCE_V, _ABOVE_FULL_V))
        return self


def _within_ocv(key: str, limit: Quantity, soc: int, ocv: float, reach: tuple[float, float]) -> None:
    """Refuse a limit of the voltage farther below or above the OCV at its end than `reach`, V; its range, on either
    side of the OCV, than the larger of the two."""
    below, above = reach
    if limit.status == "fitted":
        below, above = (x if x == TOLERANCE_V else x + _UNDER_LOAD_V for x in reach)
    widest = max(below, above)
    for name, figure, least, most in (
        (key, limit.value, ocv - below, ocv + above),
        (f"{key}.low", limit.low, ocv - widest, ocv + widest),
        (f"{key}.high", limit.high, ocv - widest, ocv + widest),
    ):
        if not least - _ROUNDED_V <= figure <= most + _ROUNDED_V:
            seen = f"{name} is {figure:g} V but ocv_v at SoC {soc} is {ocv:.4g} V"
            raise ValueError(f"{seen}, so {least:.4g} .. {most:.4g} V is allowed")
