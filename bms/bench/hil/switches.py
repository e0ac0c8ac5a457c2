"""Group C: contactors, pre-charge, interlock and insulation."""

from bms.bench.hil.case import Case, Reaction
from bms.bench.hil.rig import Rig
from firmware import diagnoses as d
from firmware import modes

GROUP = "current"
_START = {d.STALE_TEMPERATURES: "there are none at the start"}


def _set(**what: object):
    def inject(rig: Rig) -> None:
        for name, value in what.items():
            setattr(rig.plant, name, value)

    return inject


def _wish_open(rig: Rig) -> None:
    rig.plant.wish = modes.WISH_OPEN
    rig.on("main", False, lambda: rig.fault_now(3.0))


def _weld(rig: Rig) -> None:
    rig.plant.welded = True
    rig.force_current(0.0)
    _wish_open(rig)
    rig.at(rig.time + 1.5, lambda: setattr(rig.plant, "wish", modes.WISH_DRIVE))


def _weld_and_lie(rig: Rig) -> None:
    rig.plant.welded, rig.plant.wish = True, modes.WISH_OPEN

    def lie() -> None:
        rig.plant.feedback = 0
        rig.fault_now(3.0)

    rig.on("main", False, lie)


def _stuck(rig: Rig) -> None:
    rig.plant.stuck_open = True
    rig.on("main", True, lambda: rig.fault_now(3.0))


def _bad_link(lasts_s: float, **what: object):
    def prepare(rig: Rig) -> None:
        _set(**what)(rig)
        rig.on("precharge", True, lambda: rig.fault_now(lasts_s))

    return prepare


def _bad_insulation_while_open(rig: Rig) -> None:
    rig.plant.insulation_kohm = 5
    rig.plant.wish = modes.WISH_OPEN
    rig.at(8.0, lambda: setattr(rig.plant, "wish", modes.WISH_DRIVE))
    rig.at(7.0, lambda: rig.fault_now(8.0))


def never_closed(rig: Rig) -> str:
    return "" if not any(on for _, what, on in rig.log.switches if what == "main") else "it closed"


def _open_at_the_end(rig: Rig) -> str:
    return "" if not rig.closed else "it closed again"


CASES = (
    Case(
        (42,),
        "current-behind-open-contactors",
        GROUP,
        "a contactor does not open when told to, and its contact says it does",
        "told, and nothing closes again",
        450.0,
        "200 ms that a contactor takes, a tick, 100 ms of delay",
        Reaction.TRIPS,
        told=(d.CURRENT_WHILE_OPEN,),
        prepare=lambda rig: rig.at(5.0, lambda: _weld_and_lie(rig)),
        fault_s=None,
        judge=_open_at_the_end,
        closed_before=False,
    ),
    Case(
        (43,),
        "contactor-stuck-open",
        GROUP,
        "the contactor does not close when told to",
        "given up",
        300.0,
        "200 ms for the contactor and its contact, and a tick; foxBMS takes 300 ms",
        Reaction.OPENS,
        told=(d.STUCK_OPEN,),
        prepare=_stuck,
        fault_s=None,
        closed_before=False,
        judge=_open_at_the_end,
    ),
    Case(
        (44,),
        "contactor-welded",
        GROUP,
        "the contactor does not open when told to",
        "told, and nothing closes again",
        300.0,
        "200 ms for the contactor and its contact, and a tick; foxBMS takes 300 ms",
        Reaction.TRIPS,
        told=(d.WELDED,),
        prepare=lambda rig: rig.at(5.0, lambda: _weld(rig)),
        fault_s=None,
        closed_before=False,
        judge=_open_at_the_end,
    ),
    Case(
        (45,),
        "link-shorted",
        GROUP,
        "the link is shorted from before the start",
        "three tries, never closed",
        10_600.0,
        "2 s a try and 2 s between them, in which the resistor cools",
        Reaction.TRIPS,
        told=(d.PRECHARGE_FAILED,),
        prepare=_bad_link(13.0, link_shorted=True),
        fault_s=None,
        closed_before=False,
        judge=never_closed,
    ),
    Case(
        (46,),
        "link-absent",
        GROUP,
        "nothing hangs behind the contactors: the pre-charge is over at once",
        "three tries, never closed",
        6000.0,
        "a pre-charge below 150 ms is none; 2 s between two tries",
        Reaction.TRIPS,
        told=(d.PRECHARGE_FAILED,),
        prepare=_bad_link(8.0, link_absent=True),
        fault_s=None,
        closed_before=False,
        judge=never_closed,
    ),
    Case(
        (47,),
        "interlock",
        GROUP,
        "the interlock's loop opens",
        "opens",
        200.0,
        "a tick, 50 ms of delay in ticks of 10 ms",
        Reaction.OPENS,
        _set(interlock_open=1),
        (d.INTERLOCK,),
    ),
    Case(
        (49,),
        "insulation-low",
        GROUP,
        "20 kOhm to the chassis while driving",
        "a warning, the drive goes on",
        200.0,
        "500 ohm/V (GB 38031-2025), a tick",
        Reaction.WARNS,
        _set(insulation_kohm=20),
        (d.INSULATION,),
    ),
    Case(
        (49,),
        "insulation-lost-while-driving",
        GROUP,
        "5 kOhm to the chassis while driving",
        "told; a moving vehicle is not stopped",
        1300.0,
        "1 s of delay and two ticks",
        Reaction.TRIPS,
        _set(insulation_kohm=5),
        (d.INSULATION,),
        judge=lambda rig: "" if rig.closed else "it opened under way",
    ),
    Case(
        (49,),
        "insulation-lost-before",
        GROUP,
        "5 kOhm to the chassis before anything closes",
        "nothing closes",
        None,
        "100 ohm/V (GB 38031-2025)",
        Reaction.STAYS_OPEN,
        told=(d.INSULATION,),
        consequences=_START,
        prepare=_bad_insulation_while_open,
        fault_s=None,
        closed_before=False,
    ),
)
