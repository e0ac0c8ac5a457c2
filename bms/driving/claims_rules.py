"""What a published claim is, and how a figure that physics gives is held against it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["holds within range", "bounds a parameter", "contradicts"]
Rule = Literal["equal", "at least", "at most"]
Kind = Literal["simulated", "library", "arithmetic"]
HOLDS: Verdict = "holds within range"
BOUNDS: Verdict = "bounds a parameter"
CONTRADICTS: Verdict = "contradicts"


@dataclass(frozen=True)
class Found:
    """The figure that arithmetic or a simulation gives, over the ranges of the assumptions that its note names."""

    value: float
    low: float
    high: float
    note: str  # what is to be known beside: true whatever the verdict


@dataclass(frozen=True)
class Claim:
    """One claim as a check: what was published, by whom, and how to find the figure to hold against it.

    rule: the figure found must equal what was published, reach it ('at least') or not exceed it ('at most').
    kind: found by a simulation with the library's cells, packs or vehicles, from their figures, or from neither.
    tolerance: how coarsely it was said. An energy of the library is good to 0.1 % (schema.energy_wh is straight between
    the points of an OCV), so a check that rests on one has a tolerance or a range of 0.5 % or more.
    """

    id: str
    claim: str
    published: float
    unit: str
    source: str
    find: Callable[[], Found]
    rule: Rule = "equal"
    tolerance: float = 0.0  # of what was published, as a share
    cell: str = ""  # its name in the library, where the claim is about a cell
    sets: str = ""  # what the library takes from this claim for lack of better: then agreement proves nothing
    kind: Kind = "library"


def judge(claim: Claim, found: Found) -> tuple[Verdict, str]:
    """The verdict, and one sentence why.

    Met by the whole range the claim holds; met by a part of it only, or by a figure that was taken from it, it bounds
    a parameter; met nowhere, it contradicts.
    """
    everywhere, somewhere = _met(claim, found)
    spread = f"{_number(found.low)} .. {_number(found.high)} {claim.unit}"
    coarsely = f" (to {100 * claim.tolerance:g} %)" if claim.tolerance else ""
    published = f"{claim.published:,.6g} {claim.unit}{coarsely}"
    if claim.rule == "equal":
        lies = f"{published} lies {'within' if somewhere else 'outside'} {spread}"
    else:
        part = "all" if everywhere else "only a part" if somewhere else "nothing"
        lies = f"{part} of {spread} is {claim.rule} {published}"
    if somewhere and claim.sets:
        return BOUNDS, f"{lies[0].upper()}{lies[1:]}, and {claim.sets} was taken from the claim: {found.note}."
    verdict = HOLDS if everywhere else BOUNDS if somewhere else CONTRADICTS
    return verdict, f"{lies[0].upper()}{lies[1:]}: {found.note}."


def _met(claim: Claim, found: Found) -> tuple[bool, bool]:
    """Whether the claim is met by all of the range, and by some of it."""
    slack = claim.tolerance * abs(claim.published)
    reached = found.low >= claim.published - slack, found.high >= claim.published - slack
    kept = found.high <= claim.published + slack, found.low <= claim.published + slack
    if claim.rule == "at least":
        return reached
    if claim.rule == "at most":
        return kept
    within = reached[1] and kept[1]
    return within, within


def _number(figure: float) -> str:
    return f"{figure:,.0f}" if abs(figure) >= 1e4 else f"{figure:.4g}"
