"""Cars of makers that do not exist, which take exactly what the model says."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from bms.driving.drive_train import DriveTrain
from bms.driving.drive_train_fit import CYCLES, FITTED, wall_wh_per_mile
from bms.driving.measured_cars import Cars, label_range

HEADING = (
    "make,model,etw_lb,A_lbf,B_lbf_mph,C_lbf_mph2,rated_hp,udds_unadj_ac_whmi,hwfet_unadj_ac_whmi,"
    "label_range_mi,adj_factor,full_recharge_ac_kwh"
)


def some_cars(number: int, drive: DriveTrain = FITTED, seed: int = 0, makers: int = 5) -> Cars:
    """Sedans to pickups, shared out to makers in turn."""
    rng = np.random.default_rng(seed)
    weight = rng.uniform(3500, 7000, number)
    names = np.array([f"maker {k % makers}" for k in range(number)])
    nothing = np.full(number, np.nan)
    cars = Cars(
        names, np.array([f"car {k}" for k in range(number)]), weight, rng.uniform(20, 50, number),
        rng.uniform(0.0, 0.4, number), rng.uniform(0.013, 0.035, number), weight * rng.uniform(0.04, 0.15, number),
        nothing, nothing, nothing, np.full(number, 0.7), rng.uniform(60, 140, number),
        np.full(number, ""),
    )  # fmt: skip
    energy = {cycle: wall_wh_per_mile(cars, cycle, drive) for cycle in CYCLES}
    return replace(cars, **energy, label_mi=label_range(cars, energy))


def write(path: Path, cars: Cars) -> Path:
    """The cars as a CSV in the EPA's units."""
    columns = [column for name, column in vars(cars).items() if name != "engine"]
    lines = [",".join(str(value) for value in row) for row in zip(*columns, strict=True)]
    path.write_text("\n".join([HEADING, *lines]) + "\n", encoding="utf-8")
    return path
