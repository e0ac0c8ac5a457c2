"""Logs of an emulated cell, sound and with a fault, for `bms diagnose` to be shown on."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bms import output
from bms.cells import library
from bms.cells.quantity import Quantity
from bms.cells.schema import Cell
from bms.cells.temperature import ZERO_CELSIUS
from bms.driving import cycles, drive, vehicle
from bms.emulation.effects import Effects
from bms.emulation.pack import Pack
from bms.emulation.short import SoftShort

CELL = "quantumscape-qse5"
LOGS = ("sound.csv", "short.csv", "contact.csv")
ABOUT = (
    "Three logs of an emulated QSE-5 whose figures differ from their description, with a noise of 2 mV: sound over "
    "US06; the same with dips of 30 mV; and one that loses contact three times as easily as described, over a city "
    "drive, a fast discharge at 8C, the city again, an hour of rest, the city."
)
_NOISE_V, _NOISE_K = 0.002, 0.2
_FASTEST_C = 8.0

Floats = NDArray[np.float64]


def write() -> None:
    """LOGS into the working folder."""
    cell = library.load(CELL)
    hard = shape("us06", 1800, 2.5)
    save(Path(LOGS[0]), *measured(cell, hard))
    save(Path(LOGS[1]), *measured(cell, hard, Effects(shorts=(SoftShort(seed=1),))))
    save(Path(LOGS[2]), *measured(worse(cell, 3.0), fast_and_rest(_FASTEST_C, 3.0), Effects(("contact",))))


def shape(cycle: str, seconds: float, most_c: float) -> Floats:
    """(n,) C, one a second: a car's power over a cycle, its largest as told."""
    power = drive.trace(cycles.load(cycle), vehicle.load("midsize-sedan"), 298.15, 1.0, seconds).power
    return most_c * power / np.abs(power).max()


def fast_and_rest(fast_c: float, city_c: float, rest: int = 3600) -> Floats:
    """(n,) C, one a second: city, 35 % of the charge at fast_c with its ups and downs, city, s of rest, city."""
    seconds = round(0.35 * 3600 / fast_c)
    uneven = 1 + 0.15 * np.repeat(np.random.default_rng(5).uniform(-1, 1, seconds // 4 + 1), 4)[:seconds]
    city = shape("udds", 900, city_c)
    return np.concatenate([city, fast_c * uneven, city, np.zeros(rest), shape("udds", 1200, city_c)])


def worse(cell: Cell, growth: float) -> Cell:
    """A cell whose contact goes `growth` times as easily as is described, and further."""
    contact = cell.effects.contact
    if contact is None:
        return cell
    changed = contact.model_copy(
        update={"growth_per_soc": _scaled(contact.growth_per_soc, growth), "most": _scaled(contact.most, growth)}
    )
    return cell.model_copy(update={"effects": cell.effects.model_copy(update={"contact": changed})})


def measured(
    cell: Cell, rate_c: Floats, effects: Effects | None = None, seed: int = 1, soc: float = 0.95, celsius: float = 25.0
) -> tuple[Floats, Floats, Floats, Floats]:
    """time s, current A, voltage V, temperature degC, (n,) each, as a monitor reads an emulated cell."""
    pack = Pack(cell, 1, 1, seed, soc=soc, temperature=celsius + ZERO_CELSIUS, effects=effects)
    current = rate_c * cell.capacity_ah.value
    voltage, warmth = np.empty(len(current)), np.empty(len(current))
    for n, flows in enumerate(current):
        pack.advance(float(flows), 1.0)
        voltage[n], warmth[n] = pack.voltages[0], pack.temperatures[0]
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((2, len(current)))
    return (
        np.arange(len(current), dtype=float),
        current,
        voltage + _NOISE_V * noise[0],
        warmth - ZERO_CELSIUS + _NOISE_K * noise[1],
    )


def save(path: Path, time: Floats, current: Floats, voltage: Floats, celsius: Floats) -> None:
    """A log as `bms diagnose` reads it."""
    columns = {"time_s": time, "current_a": current, "voltage_v": voltage, "temperature_c": celsius}
    output.write_table(path, {name: values.round(6) for name, values in columns.items()})


def _scaled(figure: Quantity, by: float) -> Quantity:
    return figure.model_copy(update={key: by * getattr(figure, key) for key in ("value", "low", "high")})
