"""The peer of the emulated cell's speed: PyBaMM's Thevenin model of one cell, at a constant current in each second."""

import importlib
import os
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bms.errors import InputError

STEP = 1.0  # s
LOAD = 100.0  # A, 1C of the parameter set; its resistances are held at what they are there
START_SOC = 0.8
_STEPS, _REPEATS = 300, 5
_VERY_LARGE = 1e12  # J/K


def library() -> Any:
    """PyBaMM, which is told not to ask for nor to send usage data; InputError if it is not installed."""
    os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")
    try:
        return importlib.import_module("pybamm")
    except ImportError as error:
        raise InputError(
            "The emulated cell is measured beside PyBaMM, which is not installed here; run `pip install pybamm`."
        ) from error


def parameters() -> Any:
    """PyBaMM's own example of 100 Ah (`ECM_Example`), less what bms.cells.schema.Cell cannot express.

    Resistances and capacitance follow SoC and temperature but not the current; the jig around the cell stays at the
    ambient; no entropic heat. InputError without PyBaMM.
    """
    values = library().ParameterValues("ECM_Example")
    held = {name: _at_load(values[name]) for name in ("R0 [Ohm]", "R1 [Ohm]", "C1 [F]")}
    values.update(
        {
            **held,
            "Jig thermal mass [J/K]": _VERY_LARGE,
            "Entropic change [V/K]": 0.0,
            "Initial SoC": START_SOC,
            "Current function [A]": "[input]",
        }
    )
    return values


class TheveninPeer:
    """One cell, by PyBaMM's standard solver with its standard tolerances; InputError without PyBaMM."""

    def __init__(self, values: Any = None) -> None:
        """values: parameters() unless told."""
        pybamm = library()
        values = parameters() if values is None else values
        self._simulation = pybamm.Simulation(pybamm.equivalent_circuit.Thevenin(), parameter_values=values)

    def step(self, current: float) -> None:
        """One second at a constant current, A."""
        self._simulation.step(STEP, inputs={"Current function [A]": current}, save=False)

    @property
    def voltage(self) -> float:
        """V at the end of the last step."""
        return float(self._simulation.solution["Voltage [V]"].entries[-1])

    @property
    def temperature(self) -> float:
        """K at the end of the last step."""
        return float(self._simulation.solution["Cell temperature [K]"].entries[-1])


def steps_per_s() -> float:
    """Steps of a second that the peer takes in a second, best of several repeats; InputError without PyBaMM."""
    peer, current = TheveninPeer(), trace().tolist()
    peer.step(0.0)  # the first one compiles
    shortest = float("inf")
    for _ in range(_REPEATS):
        began = time.perf_counter()
        for amperes in current:
            peer.step(amperes)
        shortest = min(shortest, time.perf_counter() - began)
    return len(current) / shortest


def trace() -> NDArray[np.float64]:
    """A current that changes every second and leaves the charge where it was, A."""
    return LOAD * np.sin(0.7 * np.arange(_STEPS))


def _at_load(figure: Any) -> Any:
    """The set's function of temperature, current and SoC as it is at LOAD."""
    return lambda temperature, _, soc: figure(temperature, library().Scalar(LOAD), soc)
