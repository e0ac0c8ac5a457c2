"""The vehicle model against measured cars: budgets, who is judged by what, and files that cannot be used."""

import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bms.driving import drive_train_fit, maker_term, measured_cars, validation
from bms.driving.drive_train_fit import CYCLES, FITTED, FITTED_MAKERS, wall_wh_per_mile
from bms.driving.measured_cars import Cars
from bms.driving.validation import FIGURES, validate
from bms.errors import InputError
from tests.unit.driving.some_cars import some_cars, write


@pytest.fixture(scope="module")
def epa(shared: Path) -> Cars:
    return measured_cars.read(shared / "vehicles" / "epa_bev.csv")


@pytest.fixture(scope="module")
def judged(epa: Cars) -> dict[str, Any]:
    return validate(epa)


@pytest.mark.parametrize(("figure", "most"), [("hwfet", 4.0), ("udds", 6.0), ("label", 5.0)])
def test_cars_of_a_maker_that_was_left_out_are_met(judged: dict[str, Any], figure: str, most: float) -> None:
    found = judged[figure]
    assert judged["judged_by"]["refitted_without_the_maker"] == judged["vehicles"] == 40
    assert found["mape_pct"] <= most and abs(found["bias_pct"]) < 1.5
    assert 0.70 <= found["coverage_80"] <= 0.90


def test_one_measured_figure_of_each_car_is_worth_more_than_any_constant(epa: Cars, judged: dict[str, Any]) -> None:
    calibrated = validate(epa, "hwfet")
    for figure in ("udds", "label"):
        assert calibrated[figure]["mape_pct"] <= 3.5 < judged[figure]["mape_pct"]
        assert 0.70 <= calibrated[figure]["coverage_80"] <= 0.90


def test_it_beats_constant_efficiencies_in_every_figure(judged: dict[str, Any]) -> None:
    for figure in FIGURES:
        assert judged[figure]["mape_pct"] < judged["constant_efficiency"][figure]["mape_pct"]


def test_the_shipped_constants_are_those_of_the_rows(epa: Cars) -> None:
    found = drive_train_fit.fit(epa)
    assert asdict(found) == pytest.approx(asdict(FITTED), rel=2e-4)
    assert {name.lower() for name in epa.make} == FITTED_MAKERS
    energy = {cycle: wall_wh_per_mile(epa, cycle, FITTED) for cycle in CYCLES}
    for named, shipped in ((None, maker_term.FITTED), ("hwfet", maker_term.FITTED_CALIBRATED)):
        for figure, spread in validation.spreads_of(epa, energy, validation.calibration(named)).items():
            assert asdict(spread) == pytest.approx(asdict(shipped[figure]), abs=1e-4)


def test_new_makers_cannot_change_what_they_are_judged_by() -> None:
    """A file of other makers, all 8 % thirstier than the model: a refit on them would hide it."""
    cars = some_cars(12)
    thirsty = replace(cars, udds=1.08 * cars.udds, hwfet=1.08 * cars.hwfet, label_mi=cars.label_mi / 1.08)
    found = validate(thirsty)
    assert found["judged_by"]["shipped_constants_of_other_makers"] == 12
    for figure, bias in (("udds", -6.5), ("hwfet", -6.5), ("label", 6.9)):
        assert found[figure]["bias_pct"] == pytest.approx(bias, abs=0.1) and found[figure]["coverage_80"] == 1
        assert found[figure] == found["shipped_constants"][figure]
        assert abs(found["leave_one_maker_out"][figure]["bias_pct"]) < abs(bias) - 1
    alone = validate(thirsty[np.arange(1)])
    assert alone["cars"][0] == found["cars"][0] and alone["leave_one_maker_out"] is None


def test_makers_that_the_constants_know_are_told_apart_from_new_ones() -> None:
    cars = some_cars(9, makers=3)
    mixed = replace(cars, make=np.where(cars.make == "maker 0", "Tesla", cars.make))
    assert validate(mixed)["judged_by"] == {
        "refitted_without_the_maker": 3,
        "shipped_constants_of_other_makers": 6,
        "shipped_constants_that_saw_the_maker": 0,
    }
    few = validate(mixed[mixed.make == "Tesla"])
    assert few["judged_by"]["shipped_constants_that_saw_the_maker"] == 3


def test_a_figure_that_was_not_measured_is_not_judged() -> None:
    cars = some_cars(6)
    found = validate(replace(cars, label_mi=np.full(6, np.nan), udds=np.where(np.arange(6) < 2, np.nan, cars.udds)))
    assert found["label"] is None and found["udds"]["vehicles"] == 4 and found["hwfet"]["vehicles"] == 6
    assert found["cars"][0]["udds"]["measured_wh_per_mi"] is None


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("etw_lb", 900.0, "maker 1 car 1 is no car like those .* it is tested at 900 lb"),
        ("recharge_kwh", 15.0, "a full charge takes 15 kWh"),
        ("label_mi", 30.0, "its label says 30 miles"),
        ("label_mi", 600.0, "contradicts itself: its label says 600 miles, where a charge of .* kWh lasts for about"),
        ("model", "Ten plug-in", "maker 1 Ten plug-in calls itself a hybrid"),
        ("engine", "cylinders 4", r"maker 1 car 1 has a combustion engine \(cylinders 4\)"),
    ],
    ids=["a motorcycle", "a small battery", "a short range", "a tank on the label", "a name", "an engine"],
)
def test_what_is_another_kind_of_vehicle_is_left_out_and_named(column: str, value: float | str, said: str) -> None:
    cars = some_cars(9)
    changed = getattr(cars, column).astype(object)
    changed[1] = value
    odd = replace(cars, **{column: changed.astype(type(value))})
    found, rest = validate(odd), validate(cars[np.arange(9) != 1])
    assert len(found["left_out"]) == 1 and re.search(said, found["left_out"][0])
    assert {**found, "left_out": []} == rest and found["vehicles"] == 8


def test_a_file_of_nothing_but_motorcycles_is_refused() -> None:
    cars = some_cars(3)
    with pytest.raises(InputError, match="no car in the file that the constants are for"):
        validate(replace(cars, etw_lb=np.full(3, 700.0)))


def test_none_of_the_rows_of_the_fit_is_left_out(epa: Cars) -> None:
    assert not validate(epa)["left_out"]


def test_the_interval_covers_makers_that_scatter_as_it_says() -> None:
    """Spreads drawn as the maker term says, even on both sides: four fifths inside."""
    spread, rng = maker_term.Spread(0.05, 0.02, 12), np.random.default_rng(0)
    low, high = spread.interval(0)
    drawn = rng.normal(0, 0.05 * np.sqrt(1 + 1 / 12), 100_000) + rng.normal(0, 0.02, 100_000)
    assert 0.79 < np.mean((low < drawn) & (drawn < high)) < 0.85
    assert spread.interval(1)[1] == -spread.interval(-1)[0] > high  # energy may be more, range less


def test_spreads_between_and_within_makers_are_told_apart() -> None:
    rng, makers = np.random.default_rng(1), np.repeat(np.arange(400), 5)
    residuals = rng.normal(0, 0.05, 400)[makers] + rng.normal(0, 0.02, 2000)
    found = maker_term.estimate(residuals, makers.astype(str))
    assert found.between == pytest.approx(0.05, rel=0.2) and found.within == pytest.approx(0.02, rel=0.1)
    few = maker_term.estimate(residuals[:10] * 0.1, makers[:10].astype(str), (0.05, 0.02))
    assert few.between > 0.035


def line_of(path: Path, old: str, new: str) -> Path:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_a_file_says_what_the_cars_are(tmp_path: Path) -> None:
    cars = some_cars(4)
    read = measured_cars.read(write(tmp_path / "cars.csv", cars))
    for name, column in vars(cars).items():
        np.testing.assert_array_equal(getattr(read, name), column)


@pytest.mark.parametrize(
    ("column", "value", "engine"),
    [
        ("displ", "1.5", "displ 1.5"),
        ("displ", "0.001", ""),
        ("# of Cylinders and Rotors", "4", "# of Cylinders and Rotors 4"),
        ("cylinders", "", ""),
        ("fuelType1", "Regular Gasoline", "fuelType1 Regular Gasoline"),
        ("fuelType1", "Electricity", ""),
        ("atvType", "Plug-in Hybrid", "atvType Plug-in Hybrid"),
        ("source_label", "fueleconomy.gov gasoline", ""),
    ],
)
def test_an_engine_is_known_by_its_columns(tmp_path: Path, column: str, value: str, engine: str) -> None:
    path = write(tmp_path / "cars.csv", some_cars(2))
    heading, first, second = path.read_text(encoding="utf-8").splitlines()
    path.write_text(f"{heading},{column}\n{first},{value}\n{second},\n", encoding="utf-8")
    assert measured_cars.read(path).engine.tolist() == [engine, ""]


def test_a_maker_in_capitals_is_the_same_one(tmp_path: Path) -> None:
    path = write(tmp_path / "cars.csv", some_cars(6, makers=3))
    makers = measured_cars.read(line_of(path, "maker 1", "MAKER 1")).make
    assert len(set(makers.tolist())) == 3


def test_a_cycle_that_no_car_was_measured_on_needs_no_column(tmp_path: Path) -> None:
    path = line_of(write(tmp_path / "cars.csv", some_cars(6)), "udds_unadj_ac_whmi", "something")
    found = validate(measured_cars.read(path))
    assert found["udds"] is None and found["hwfet"]["mape_pct"] < 1.5
    with pytest.raises(InputError, match="column udds_unadj_ac_whmi is missing"):
        measured_cars.read(line_of(path, "hwfet_unadj_ac_whmi", "else"))


def test_columns_that_are_not_needed_may_be_missing_or_odd(tmp_path: Path) -> None:
    path = tmp_path / "cars.csv"
    path.write_text(
        "colour,make,etw_lb,A_lbf,B_lbf_mph,C_lbf_mph2,rated_hp,udds_unadj_ac_whmi,hwfet_unadj_ac_whmi\n"
        "red,Acme,4250,37,0.05,0.0144,257,182,\n",
        encoding="utf-8",
    )
    cars = measured_cars.read(path)
    assert np.isnan([cars.hwfet[0], cars.label_mi[0]]).all() and validate(cars)["hwfet"] is None
    with pytest.raises(InputError, match=r"Car 1 \(Acme \) has no hwfet_unadj_ac_whmi to be calibrated by"):
        validate(cars, "hwfet")


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("etw_lb", "0", r"line 2: etw_lb is 0, allowed are 500 \.\. 30000"),
        ("etw_lb", "", "line 2: etw_lb is blank; fill it in, or take the row out"),
        ("A_lbf", "heavy", "line 2: A_lbf is 'heavy', which is no number"),
        ("A_lbf", "nan", "line 2: A_lbf is nan, allowed are"),
        ("A_lbf", "-90", r"line 2: the road load is .* N at 5 m/s; it must lie above 0 N"),
        ("rated_hp", "-5", "line 2: rated_hp is -5"),
        ("udds_unadj_ac_whmi", "0.18", "line 2: udds_unadj_ac_whmi is 0.18, allowed are 30"),
        ("adj_factor", "70", "line 2: adj_factor is 70"),
        ("make", " ", "line 2: make is blank"),
        ("model", "a,b", "line 2: there are more columns than the heading names"),
    ],
)
def test_a_row_that_cannot_be_is_refused(tmp_path: Path, column: str, value: str, said: str) -> None:
    path = write(tmp_path / "cars.csv", some_cars(2))
    heading, first, second = path.read_text(encoding="utf-8").splitlines()
    cells = first.split(",")
    cells[heading.split(",").index(column)] = value
    path.write_text("\n".join([heading, ",".join(cells), second]), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        measured_cars.read(path)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "cars.csv", some_cars(1))
    with pytest.raises(InputError, match="column rated_hp is missing, there are make, model"):
        measured_cars.read(line_of(path, "rated_hp", "rated_kw"))
    path.write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="column make is missing, there are none"):
        measured_cars.read(path)
    path.write_bytes(b"\xff\xfe\x00make")
    with pytest.raises(InputError, match="cannot be read: it is not UTF-8 text"):
        measured_cars.read(path)
    with pytest.raises(InputError, match="cannot be read: No such file"):
        measured_cars.read(tmp_path / "none.csv")
    only = write(tmp_path / "heading.csv", some_cars(1))
    only.write_text(only.read_text(encoding="utf-8").splitlines()[0], encoding="utf-8")
    with pytest.raises(InputError, match="there is no car in the file"):
        measured_cars.read(only)
