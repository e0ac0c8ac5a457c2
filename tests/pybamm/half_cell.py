"""Tests of a lithium-metal cell that PyBaMM's DFN goes through, written as a cycler writes them.

Xu, J. Electrochem. Soc. 166 (2019) A3456: lithium foil against NMC, one electrode pair of 1.54 cm2; here 2000 pairs in
parallel, so that mA tell something. At 25 degC throughout: of the electrolyte alone the set says how it changes.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PAIRS = 2000
CAPACITY_AH = 7.640  # between the OCVs of 4.2 and 3.5 V: what the NMC takes from stoichiometry 0.0960 to 0.9780
CELSIUS = 25.0
STEP = 1.0  # s
LOWEST, HIGHEST = 3.5, 4.2  # V
_EDGE = 1e-3  # s in which the current of a drive goes from one step's to the next's
_TOLERANCE = 1e-6
_RATES = (0.5, 10), (1.0, 30), (2.0, 10)  # C and s of the pulses
_COUNTED = "Discharge capacity [A.h]"


def slow(pybamm: Any, path: Path) -> None:
    """C/20 from full to empty and back; one row a minute."""
    low = CAPACITY_AH / 20
    steps = [f"Discharge at {low} A until {LOWEST} V", "Rest for 1 hour", f"Charge at {low} A until {HIGHEST} V"]
    _write_solution(path, _cycler(pybamm, steps, period=60))


def pulses(pybamm: Any, path: Path) -> None:
    """Down by a tenth at C/3 nine times, an hour of rest and pulses both ways after each; one row a second."""
    steps = ["Rest for 10 minutes"]
    for _ in range(9):
        steps += [f"Discharge at {CAPACITY_AH / 3} A for 1080 seconds", "Rest for 1 hour"]
        for rate, seconds in _RATES:
            out, back = rate * CAPACITY_AH, 0.75 * rate * CAPACITY_AH
            steps += [f"Discharge at {out} A for {seconds} seconds", "Rest for 2 minutes"]
            steps += [f"Charge at {back} A for {seconds / 0.75:.0f} seconds", "Rest for 5 minutes"]
    _write_solution(path, _cycler(pybamm, steps, period=1))


def drive(pybamm: Any, path: Path, current: NDArray[np.float64]) -> None:
    """A full cell under a current (steps,) A, each constant for STEP; a row a step, with the true SoC."""
    end = STEP * np.arange(1, len(current) + 1)
    corners = np.r_[0, np.column_stack([end - STEP + _EDGE, end]).ravel()]
    values = _parameters(pybamm)
    values["Current function [A]"] = pybamm.Interpolant(corners, np.r_[0, np.repeat(current, 2)], pybamm.t)
    solution = _simulation(pybamm, values).solve(t_eval=corners, t_interp=np.r_[0, end], initial_soc=1.0)
    voltage, counted = solution["Voltage [V]"](end), solution[_COUNTED](end)
    _write(path, {"time_s": end, "current_a": current, "voltage_v": voltage, "soc": 1 - counted / CAPACITY_AH})


def _parameters(pybamm: Any) -> Any:
    values = pybamm.ParameterValues("Xu2019")
    # The limits end a run, and an open circuit at 4.2 V would be one; SoC stays that between 3.5 and 4.2 V.
    pairs = "Number of electrodes connected in parallel to make a cell"
    values.update({pairs: PAIRS, "Lower voltage cut-off [V]": 3.0, "Upper voltage cut-off [V]": 4.5})
    return values


def _simulation(pybamm: Any, values: Any, experiment: Any = None) -> Any:
    model = pybamm.lithium_ion.DFN({"working electrode": "positive"})
    solver = pybamm.IDAKLUSolver(rtol=_TOLERANCE, atol=_TOLERANCE)
    return pybamm.Simulation(model, parameter_values=values, solver=solver, experiment=experiment)


def _cycler(pybamm: Any, steps: Sequence[str], period: float) -> Any:
    experiment = pybamm.Experiment(steps, period=f"{period} seconds")
    return _simulation(pybamm, _parameters(pybamm), experiment).solve(initial_soc=1.0)


def _write_solution(path: Path, solution: Any) -> None:
    """Its rows; of two at the same time, where a step of the test begins, the later one."""
    time = solution["Time [s]"].entries
    last = np.r_[np.diff(time) > 1e-3, True]
    names = {"current_a": "Current [A]", "voltage_v": "Voltage [V]", "ah_discharged": _COUNTED}
    _write(path, {"time_s": time[last]} | {key: solution[name].entries[last] for key, name in names.items()})


def _write(path: Path, columns: Mapping[str, NDArray[np.floating]]) -> None:
    whole = {**columns, "temperature_c": np.full(len(columns["time_s"]), CELSIUS)}
    rows = np.column_stack(list(whole.values()))
    np.savetxt(path, rows, fmt="%.6f", delimiter=",", header=",".join(whole), comments="")
