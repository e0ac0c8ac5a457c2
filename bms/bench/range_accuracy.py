"""How far off the board's range is over emulated drives to empty: from what the road has taught, and told the route."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bms.bench.range_drives import Case, Driven, make
from fastcore import batch
from firmware import start
from firmware.kernels import reach

FIRST_KM = 0.1  # in which the figure follows what is told of SoC and route at once
NEAR_KM = 10.0  # to empty, where the error is held in km
_MINUTE = 60  # windows
_LEAST_KM = 1.0  # of truth that an error is a share of
_SD_TOLD = 0.04  # of what is told of a route: one figure a drive, for a navigation that knows vehicle and wind so well

PACKS = (
    "quadricycle-fest77", "module-panasonic-ncr18650pf", "module-quantumscape-qse5", "module-toyota-sulfide",
    "module-nio-welion-semisolid",
)  # fmt: skip
ROADS = (
    ("udds",), ("hwfet",), ("us06",), ("udds", "hwfet"), ("udds", "us06"), ("hwfet", "us06"), ("udds", "hwfet", "us06"),
)  # fmt: skip
# Took no part in choosing a constant: another cycle, other packs.
OTHER_PACKS = ("module-graphite-nmc811-reference", "module-samsung-sdi-asb")
OTHER_ROADS = (("wltc",), ("udds", "wltc"), ("hwfet", "us06", "wltc"))
_UNSEEN = 900_000  # seeds from here on
_CELSIUS = (25.0, 0.0, -10.0)

_Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Shown:
    """p10, p50, p90 in km, (windows, 3), beside the truth of a drive.

    fallen: km since the start by which the drive used up the median, at the consumption that it stood for.
    leapt: the energy was once found so anew that the kernel took that consumption for half or twice of what it counts
    with, with 2 km or more shown after the first lesson of the road.
    """

    drive: Driven
    km: _Floats
    fallen: _Floats
    leapt: bool


def cases(seeds: int, *, chosen: bool = False) -> list[Case]:
    """Every pack on every road, the weather going round, none of them seen by the choice of a constant.

    chosen: instead those that the constants were chosen on, with PACKS and ROADS alone.
    """
    packs, roads = (PACKS, ROADS) if chosen else ((*PACKS, *OTHER_PACKS), (*ROADS, *OTHER_ROADS))
    found = []
    for seed in range(1, seeds + 1):
        for p, pack in enumerate(packs):
            for r, road in enumerate(roads):
                number = 100 * seed + 10 * p + r + (0 if chosen else _UNSEEN)
                found.append(Case(pack, road, _CELSIUS[(seed + p + r) % 3], number))
    return found


def judge(what: Sequence[Case], progress: Progress = lambda done, total: None) -> dict[str, Any]:
    """Drive them, and score the range of the compiled kernels; the figures are those of `bms bench range --json`."""
    history, route = [], []
    for done, case in enumerate(what, 1):
        drive = make(case)
        history.append(play(drive))
        route.append(play(drive, told=True))
        progress(done, len(what))
    return {"drives": len(what), "history": score(history), "route": score(route)}


def play(drive: Driven, *, told: bool = False) -> Shown:
    """The range kernel over a drive; told, once a minute, what the road takes over the range that it then shows."""
    par = array("i", drive.par.tolist())
    r = start.road(par)
    error = 1 + _SD_TOLD * np.random.default_rng(drive.case.seed + 1).standard_normal()
    metres, used = np.empty((len(drive.lessons), 3)), np.empty(len(drive.lessons))
    leapt = False
    for k, (share_q15, lesson) in enumerate(zip(drive.share_q15.tolist(), drive.lessons.tolist(), strict=True)):
        r[reach.SHARE_Q15] = share_q15
        if told and k % _MINUTE == 1:  # the first figure of all knows no route
            r[reach.ROUTE_NV_M] = _ahead(drive, k, max(r[reach.P50_M], 1_000), error)
        before, counted = r[reach.SHOWN_MM] // 1000 + 1, r[reach.TOLD_Q6] / 64
        batch.reach_step(r, par, *lesson)
        metres[k] = r[reach.P10_M], r[reach.P50_M], r[reach.P90_M]
        by_energy = (1000 * r[reach.AHEAD_UV] + r[reach.USED_NV]) / before
        stood_for = min(max(by_energy, counted / 2), 2 * counted)
        leapt |= stood_for != by_energy and before >= 2_000 * _LEAST_KM and drive.driven[k] > 1_000 * FIRST_KM
        used[k] = min(r[reach.USED_NV] / stood_for, before)  # below nothing it does not fall
    return Shown(drive, metres / 1000, np.cumsum(used) / 1000, bool(leapt))


def _ahead(drive: Driven, k: int, metres: int, error: float) -> int:
    here = drive.place[k]
    first, last = np.interp([here, here + metres], drive.road_m, drive.road_nv)
    return max(round((last - first) / metres * error), 1)


def score(shown: Sequence[Shown]) -> dict[str, float]:
    """Once a minute of every drive, from its first to its last km."""
    error, held, first, jumps, near = ([], [], [], [], [])
    for one in shown:
        minutes = list(_minutes(one))
        error += [error_share for error_share, _ in minutes]
        held += [within for _, within in minutes]
        first += [within for _, within in minutes[:1]]
        jumps += list(_jumps(one))
        near += list(_near(one))
    size, km, (jump, beyond) = np.abs(error), np.abs(near or [np.nan]), np.array(jumps or [(0.0, 0.0)]).T
    return {
        "minutes": len(error),
        "error_median_pct": _pct(np.median(size)),
        "error_90_pct": _pct(np.quantile(size, 0.9)),
        "bias_median_pct": _pct(np.median(error)),
        "coverage_80_pct": _pct(np.mean(held)),
        "coverage_first_minute_pct": _pct(np.mean(first)),
        "near_empty_error_median_km": round(float(np.median(km)), 2),
        "near_empty_error_90_km": round(float(np.quantile(km, 0.9)), 2),
        "jump_largest_pct_per_min": _pct(jump.max()),
        "energy_leapt_drives": sum(one.leapt for one in shown),
        "beyond_distance_median_pct_per_min": _pct(np.median(beyond)),
        "beyond_distance_99_pct_per_min": _pct(np.quantile(beyond, 0.99)),
        "shown_largest_km": round(max(float(one.km[:, 1].max()) for one in shown), 1),
    }


def _minutes(one: Shown) -> Iterator[tuple[float, bool]]:
    left = one.drive.left / 1000
    for k in range(_MINUTE, len(left), _MINUTE):
        if left[k] >= _LEAST_KM:
            p10, p50, p90 = one.km[k]
            yield float(p50 / left[k] - 1), bool(p10 <= left[k] <= p90)


def _jumps(one: Shown) -> Iterator[tuple[float, float]]:
    """What the figure moved by in a minute beyond what the drive used up of it, and beyond the distance.

    As shares of its highest in that minute, from the first lesson of the road on; none is taken of the last km, where
    metres are percents.
    """
    km, driven = one.km[:, 1], one.drive.driven / 1000
    for k in range(_MINUTE, len(km)):
        before = k - _MINUTE
        if driven[before] > FIRST_KM and km[before] >= 2 * _LEAST_KM and km[k] > 0:
            moved = km[k] - km[before]
            beyond = moved + np.array([one.fallen[k] - one.fallen[before], driven[k] - driven[before]])
            share = beyond / km[before : k + 1].max()
            yield abs(float(share[0])), abs(float(share[1]))


def _near(one: Shown) -> Iterator[float]:
    left = one.drive.left / 1000
    if left[0] > NEAR_KM + 1:
        at = int(np.argmax(left <= NEAR_KM))
        yield float(one.km[at, 1] - left[at])


def _pct(share: float | np.floating) -> float:
    return round(100 * float(share), 2)
