"""Group E and D: the processor, its clock and its program."""

from collections.abc import Callable

import numpy as np

from bms.bench.hil.case import Case, Reaction, Setting
from bms.bench.hil.configuration import sealed
from bms.bench.hil.rig import Rig
from bms.bench.hil.switches import never_closed
from firmware import config
from firmware import diagnoses as d

GROUP = "controller"
_WHOLE = Setting(entry="whole")
_TICK_MS = 105.0
_OVER_MV, _UNDER_MV = 6, 7  # places in the configuration's head (firmware/config.py)
_WRAP_MS = (1 << 30) - 8000


def _order(name: str) -> Callable[[Rig], None]:
    return lambda rig: rig.order(name)


def _last_words(name: str) -> Callable[[Rig], str]:
    def judge(rig: Rig) -> str:
        if not any(name in words for _, words in rig.log.notes):
            return f"{name} was not written down"
        return "" if rig.closed else "the controller did not come back"

    return judge


def _came_back(rig: Rig) -> str:
    return "" if rig.closed else "the controller did not come back"


def _swapped_limits(rig: Rig) -> None:
    words = rig.words.copy()
    words[[_OVER_MV, _UNDER_MV]] = words[[_UNDER_MV, _OVER_MV]]
    rig.configure(sealed(words))
    rig.fault_now(0.0)


def _damaged(rig: Rig) -> None:
    words = rig.words.copy()
    words[config.HEAD + 40] ^= np.int32(1 << 7)
    rig.configure(words)
    rig.fault_now(0.0)


def _clock_back(rig: Rig) -> None:
    rig.plant.clock_s = 820_000_000
    rig.at(rig.time + 2.0, lambda: setattr(rig.plant, "clock_s", 700_000_000))


def _soc_error(rig: Rig) -> str:
    worst = rig.worst_soc_error
    return "" if rig.closed and worst < 0.03 else f"the SoC is {100 * worst:.1f} % off"


def _cut_in_precharge(rig: Rig) -> None:
    def cut() -> None:
        rig.fault_now(8.0)
        rig.at(rig.time + 0.05, rig.cut_power)

    rig.on("precharge", True, cut)


def _precharged_again(rig: Rig) -> str:
    order = [what for _, what, on in rig.log.switches if on]
    return "" if order == ["precharge", "precharge", "main"] else f"it switched {', '.join(order) or 'nothing'}"


CASES = (
    Case(
        (59,),
        "ctrl-c",
        GROUP,
        "Ctrl-C arrives on the board's USB",
        "contactors open first, then a reset",
        _TICK_MS,
        "it is seen where the program waits, within a tick",
        Reaction.OPENS,
        _order("KeyboardInterrupt"),
        setting=_WHOLE,
        lasts_s=8.0,
        judge=_last_words("KeyboardInterrupt"),
    ),
    Case(
        (60,),
        "clock-wraps",
        GROUP,
        "ticks_ms() passes 2^30",
        "nothing: no time runs backwards",
        None,
        "ages and periods are differences in 30 bits",
        Reaction.NOTHING,
        setting=Setting(clock_ms=_WRAP_MS),
        lasts_s=15.0,
        judge=_soc_error,
    ),
    Case(
        (60,),
        "clock-set-back",
        GROUP,
        "the board's calendar jumps back by four years under way",
        "nothing",
        None,
        "it dates records; nothing is reckoned with it while running",
        Reaction.NOTHING,
        _clock_back,
        lasts_s=15.0,
        judge=_soc_error,
    ),
    Case(
        (61,),
        "processor-hangs",
        GROUP,
        "the program stands still",
        "the watchdog resets it, its pins let go",
        1150.0,
        "a watchdog of 1 s, fed once a tick when every task has run",
        Reaction.OPENS,
        lambda rig: rig.hang(),
        setting=_WHOLE,
        lasts_s=9.0,
        judge=_came_back,
    ),
    Case(
        (62,),
        "uncaught-exception",
        GROUP,
        "an exception that nobody catches, in the middle of a tick",
        "contactors open first, then it is written down and the board reset",
        _TICK_MS,
        "one tick",
        Reaction.OPENS,
        _order("RuntimeError"),
        setting=_WHOLE,
        lasts_s=8.0,
        judge=_last_words("RuntimeError"),
    ),
    Case(
        (63,),
        "memory-error",
        GROUP,
        "the heap is full in the middle of a tick",
        "as any exception",
        _TICK_MS,
        "one tick; a tick itself takes nothing of the heap (`bms bench board`)",
        Reaction.OPENS,
        _order("MemoryError"),
        setting=_WHOLE,
        lasts_s=8.0,
        judge=_last_words("MemoryError"),
    ),
    Case(
        (71,),
        "brown-out-in-precharge",
        GROUP,
        "the controller loses its supply while it pre-charges",
        "starts from open contactors, with a pre-charge of its own",
        None,
        "a pin that nobody drives leaves its contactor open",
        Reaction.NOTHING,
        prepare=_cut_in_precharge,
        fault_s=None,
        closed_before=False,
        judge=_precharged_again,
    ),
    Case(
        (72,),
        "limits-swapped",
        GROUP,
        "a configuration whose highest and lowest cell voltage are swapped, rightly sealed",
        "refused before anything is switched",
        None,
        "nothing may run on what contradicts itself",
        Reaction.STAYS_OPEN,
        prepare=_swapped_limits,
        fault_s=None,
        closed_before=False,
        dies=True,
        judge=never_closed,
    ),
    Case(
        (72,),
        "configuration-damaged",
        GROUP,
        "a configuration in which one bit is another",
        "refused",
        None,
        "its checksum is wrong",
        Reaction.STAYS_OPEN,
        prepare=_damaged,
        fault_s=None,
        closed_before=False,
        dies=True,
        judge=never_closed,
    ),
    Case(
        (73,),
        "limit-flipped-in-memory",
        GROUP,
        "a bit of a limit flips in the controller's RAM",
        "opens for good",
        11_200.0,
        "the checksum of all limits is taken each 10 s, in a slot of a second",
        Reaction.OPENS,
        _order("flip"),
        (d.CONFIGURATION_DAMAGED,),
        setting=_WHOLE,
        lasts_s=12.5,
    ),
)
