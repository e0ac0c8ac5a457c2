"""A drive whose uncertain figures are drawn: each within its range, drivers and weather as they differ."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from bms.cells.quantity import Quantity
from bms.driving.conditions import WIND_KMH
from bms.driving.range import Case
from bms.driving.vehicle import UNCERTAIN, Vehicle

# What no file of a vehicle or cell tells, as standard deviations:
_DRIVER = (
    0.06  # consumption between drivers of one car (owners' means lie within 10 % of the sticker: WEVJ 12 (2021) 161)
)
_MODEL = 0.05  # between makers, of what road load, mass and power do not carry (the EPA's test-car lists)
_WIND_KMH = 7.2
_OHM = 0.1  # of a resistance law that has no range
_FIGURES = 16  # that are drawn at most
NORMAL = 2  # of them, the first: driver and wind


def points(seed: int, doublings: int) -> NDArray[np.float64]:
    """(2^doublings, figures) numbers of 0..1 that fill it evenly, a drive a row: a scrambled Sobol sequence."""
    return qmc.Sobol(_FIGURES, rng=np.random.default_rng(seed)).random_base2(doublings)


class Draws:
    """Numbers of 0..1, used up one after another."""

    def __init__(self, numbers: Iterable[float]) -> None:
        self._numbers = iter(numbers)

    def normal(self) -> float:
        """With mean 0 and a standard deviation of 1."""
        return float(ndtri(next(self._numbers)))

    def between(self, low: float, high: float) -> float:
        """Anything there alike."""
        return low + (high - low) * next(self._numbers)

    def of(self, figure: Quantity) -> float:
        """Within the figure's range, near its value more often than at the ends (a triangle)."""
        share, low, value, high = next(self._numbers), figure.low, figure.value, figure.high
        if high == low:
            return value
        if share < (value - low) / (high - low):
            return low + float(np.sqrt(share * (high - low) * (value - low)))
        return high - float(np.sqrt((1 - share) * (high - low) * (high - value)))


def drawn(case: Case, point: NDArray[np.float64]) -> Case:
    """The case with every uncertain figure as a row of points() has it.

    A car whose consumption was measured keeps its vehicle's figures.
    """
    draws = Draws(point.tolist())
    spread = _DRIVER if case.measured else float(np.hypot(_DRIVER, _MODEL))
    consumption = (1 + case.consumption_share) * np.exp(spread * draws.normal()) - 1
    wind = float(np.clip(case.around.headwind_kmh + _WIND_KMH * draws.normal(), *WIND_KMH))
    ohm = getattr(case.cell.resistance, "r0_mohm", None)
    resistance = draws.of(ohm) / ohm.value - 1 if isinstance(ohm, Quantity) else _OHM * draws.normal()
    cold = case.cold_loss_per_k * draws.between(0.5, 1.5)
    capacity, usable = case.cell.capacity_ah, case.pack.usable_kwh
    held = draws.of(usable or capacity)
    pack = case.pack.model_copy(update={"usable_kwh": _at(usable, held)}) if usable else case.pack
    return replace(
        case,
        vehicle=case.vehicle if case.measured else _vehicle(case.vehicle, draws),
        pack=pack,
        around=replace(case.around, headwind_kmh=wind),
        resistance_share=max(resistance, -0.9),
        capacity_share=held / capacity.value - 1 if _is_known(capacity) and not usable else 0.0,
        consumption_share=consumption,
        cold_loss_per_k=cold,
    )


def _vehicle(car: Vehicle, draws: Draws) -> Vehicle:
    update: dict[str, object] = {name: _at(getattr(car, name), draws.of(getattr(car, name))) for name in UNCERTAIN}
    if car.coast_down is not None:
        parts = {name: _at(figure, draws.of(figure)) for name, figure in vars(car.coast_down).items()}
        update["coast_down"] = car.coast_down.model_copy(update=parts)
    return car.model_copy(update=update)


def _at(figure: Quantity, value: float) -> Quantity:
    return figure.model_copy(update={"value": value})


def _is_known(capacity: Quantity) -> bool:
    """The range tells how well the capacity is known, not which sizes of a cell are conceivable."""
    return capacity.status != "assumed"
