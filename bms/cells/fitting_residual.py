"""How large the voltage error is, by test, temperature, SoC and current: what the model cannot explain."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bms.cells.curves import Grid, Profile
from bms.cells.fitting_rows import Samples
from bms.cells.fitting_trace import Trace
from bms.cells.record import Floats

_AMBIENT = 5.0  # K: tests whose cool part rounds to the same multiple share a row
_SOC = np.linspace(0, 1, 11)  # edges
_CURRENT = np.array([-20, -1, -0.25, -0.02, 0.02, 0.25, 1, 2, 20.0])  # C, edges
_FEW = 20  # samples: fewer say nothing


@dataclass(frozen=True)
class Residual:
    """Voltage error of the fitted model on some of the samples."""

    name: str
    temperature_c: float
    samples: int
    rms_mv: float
    weighted_rms_mv: float  # the last steep percents count as little as in the fit
    left_out_mv: float | None  # the same on tests left out of the fit; None where none could be


@dataclass(frozen=True)
class Errors:
    """V, measured less modelled, on the samples of all tests: by the fit itself, and by one that left the test out."""

    tests: Sequence[Trace]
    places: Sequence[slice]  # of each test among the samples
    samples: Samples
    inside: Floats
    outside: Floats  # NaN on what always trains

    def by_test(self) -> list[Residual]:
        """One a test."""
        names = [Path(test.name).stem for test in self.tests]
        return [self._of(name, self._mask([place])) for name, place in zip(names, self.places, strict=True)]

    def by_temperature(self) -> list[Residual]:
        """One a temperature of the chamber."""
        groups: dict[float, list[slice]] = {}
        for test, place in zip(self.tests, self.places, strict=True):
            groups.setdefault(ambient(test), []).append(place)
        return [self._of(f"{t:g} degC", self._mask(places)) for t, places in groups.items()]

    def by_soc(self) -> list[Residual]:
        """One a tenth of the SoC."""
        return self._between(self.samples.soc, _SOC, 100, "%")

    def by_current(self) -> list[Residual]:
        """One a range of the current."""
        return self._between(self.samples.currents[0], _CURRENT, 1, "C")

    def grid(self, nodes: Floats, source: str) -> Grid:
        """mV RMS over `nodes` (K) and the tenths of the SoC; where no sample lies, of the whole row or of all."""
        part, best = self._all(), self._best()
        row = np.abs(part.temperature[:, None] - nodes).argmin(axis=1)
        column = np.clip(np.searchsorted(_SOC, part.soc, side="right") - 1, 0, len(_SOC) - 2)
        whole = _rms(best)
        rows = []
        for k in range(len(nodes)):
            usual = _rms(best[row == k]) if (row == k).sum() >= _FEW else whole
            cells = [best[(row == k) & (column == n)] for n in range(len(_SOC) - 1)]
            rows.append([_rms(found) if len(found) >= _FEW else usual for found in cells])
        celsius = np.round(nodes - 273.15, 2).tolist()
        middle = ((_SOC[1:] + _SOC[:-1]) / 2).round(3).tolist()
        return Grid(temperature_c=celsius, soc=middle, value=rows, status="fitted", source=source)

    def profile(self, source: str) -> Profile:
        """mV RMS over the current."""
        current, best = self._all().currents[0], self._best()
        inside = [(current >= low) & (current < high) for low, high in pairwise(_CURRENT)]
        seen = [use for use in inside if use.sum() >= _FEW] or [np.ones(len(current), np.bool_)]
        middle = [float(current[use].mean()) for use in seen]
        return Profile(current_c=middle, value=[_rms(best[use]) for use in seen], status="fitted", source=source)

    def _all(self) -> Samples:
        return self.samples.part(slice(0, self.places[-1].stop))

    def _best(self) -> Floats:
        stop = self.places[-1].stop
        return np.where(np.isfinite(self.outside[:stop]), self.outside[:stop], self.inside[:stop])

    def _mask(self, places: Sequence[slice]) -> NDArray[np.bool_]:
        use = np.zeros(len(self.samples), np.bool_)
        for place in places:
            use[place] = True
        return use

    def _between(self, values: Floats, edges: Floats, scale: float, unit: str) -> list[Residual]:
        tested = self._mask(self.places)
        out = []
        for low, high in pairwise(edges):
            use = tested & (values >= low) & ((values < high) | (high == edges[-1]))
            if use.sum() >= _FEW:
                out.append(self._of(f"{scale * low:g} to {scale * high:g} {unit}", use))
        return out

    def _of(self, name: str, use: NDArray[np.bool_]) -> Residual:
        part, inside, outside = self.samples.part(use), self.inside[use], self.outside[use]
        judged = np.isfinite(outside)
        return Residual(
            name=name,
            temperature_c=float(np.median(part.temperature)) - 273.15,
            samples=len(part),
            rms_mv=_rms(inside),
            weighted_rms_mv=_rms(inside, part.weight),
            left_out_mv=_rms(outside[judged], part.weight[judged]) if judged.any() else None,
        )


def ambient(test: Trace) -> float:
    """degC, of the chamber as far as the cell's cool part tells."""
    return _AMBIENT * round((float(np.quantile(test.temperature, 0.03)) - 273.15) / _AMBIENT)


def _rms(error: Floats, weight: Floats | None = None) -> float:
    return 1e3 * float(np.sqrt(np.average(error**2, weights=weight)))
