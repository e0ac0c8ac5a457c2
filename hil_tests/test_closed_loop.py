"""Loads that obey the firmware's told limits: cells stay in their window, and what is told is true."""

import os

import pytest

from bms.bench import closed_loop, closed_loop_cases
from bms.bench.closed_loop import CHARGE, UDDS, US06, Case
from bms.bench.targets import Target, target

QUICK = [
    Case("module-quantumscape-qse5", US06, -10.0),
    Case("module-panasonic-ncr18650pf", CHARGE, 25.0),
]
PART_S = 100.0  # of each, beginning with the pull-away


@pytest.fixture(params=["python", "webassembly"])
def quick(request: pytest.FixtureRequest) -> Target:
    found = target(request.param)
    if reason := found.missing():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{found.name} must run in CI: {reason}")
        pytest.skip(reason)
    return found


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.name)
def test_two_families_stay_in_their_window_and_the_desktop_agrees(quick: Target, case: Case) -> None:
    row = closed_loop.run(case, quick, PART_S)
    assert row["seconds"] >= PART_S - 1 and row["ticks"] > 900
    assert not closed_loop_cases.broken([row])


@pytest.mark.parametrize(
    ("case", "share", "figure", "least"),
    [
        (Case("module-quantumscape-qse5", US06, -10.0), 1.3, "below_mv", 50.0),
        (Case("quadricycle-fest77", CHARGE, -10.0), 4.0, "charge_pct", 15.0),
    ],
    ids=["drive", "charge"],
)
def test_the_watch_sees_a_load_that_takes_more_than_it_is_told(
    case: Case, share: float, figure: str, least: float
) -> None:
    world = closed_loop.Obedient(case, 45.0)
    told = world.plant.grant
    world.plant.grant = lambda asked: share * told(asked)
    target("python").run("drive", world)
    assert world.window.seconds > 0 and getattr(world.window, figure) > least


@pytest.mark.slow
def test_every_family_on_every_road_warm_and_cold() -> None:
    rows = closed_loop_cases.run(closed_loop_cases.cases(), target("python"))
    assert len(rows) == 78 and {row["road"] for row in rows} == {UDDS, US06, CHARGE}
    assert not closed_loop_cases.broken(rows)
