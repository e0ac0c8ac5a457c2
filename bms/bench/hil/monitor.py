"""Group B: the bus and the monitor as a chip."""

from bms.bench.hil.case import Case, Reaction, Setting
from bms.bench.hil.rig import Rig
from firmware import diagnoses as d

GROUP = "sensing"
_TEMPERATURES = 0x62  # first register of their block
_SILENT_MS = 150.0
_SILENT_WHY = "cells are believed for 135 ms, a failed tick is repeated each 10 ms"
_SILENT = {
    d.BUS_ERRORS: "five frames in a row could not be had",
    d.STALE_TEMPERATURES: "they age as well",
    d.UNUSABLE: "without a sample for a second",
}
_FOR_EVER = 10**9


def _faults(**what: object):
    def inject(rig: Rig) -> None:
        for name, value in what.items():
            setattr(rig.chips[-1].faults, name, value)

    return inject


def _flip_setting(rig: Rig) -> None:
    """COV threshold 0x9278, read back by the driver, becomes 110 steps of 50.6 mV."""
    rig.chip.memory.store(0x9278, bytes([110]))


def _once_more(rig: Rig) -> str:
    return "" if rig.closed else "it did not close again"


CASES = (
    Case(
        (25,),
        "flipped-bit",
        GROUP,
        "one bit of one frame flips",
        "nothing: the frame is asked for again",
        None,
        "a CRC protects every byte",
        Reaction.NOTHING,
        _faults(flips=1),
    ),
    Case(
        (26,),
        "every-frame-damaged",
        GROUP,
        "a bit of every frame flips",
        "opens",
        _SILENT_MS,
        _SILENT_WHY,
        Reaction.OPENS,
        _faults(flips=_FOR_EVER),
        (d.STALE_CELLS, d.BUS_ERRORS),
        _SILENT,
        setting=Setting(slow=True),
    ),
    Case(
        (27,),
        "monitor-silent",
        GROUP,
        "the monitor acknowledges nothing",
        "opens",
        _SILENT_MS,
        _SILENT_WHY,
        Reaction.OPENS,
        _faults(nacks=_FOR_EVER),
        (d.STALE_CELLS,),
        _SILENT,
        setting=Setting(slow=True),
    ),
    Case(
        (27,),
        "monitor-answers-zeros",
        GROUP,
        "every register reads 0x00, the CRC right",
        "opens: that is no cell of 0 V",
        _SILENT_MS,
        _SILENT_WHY,
        Reaction.OPENS,
        _faults(zeros=True),
        (d.STALE_CELLS,),
        _SILENT,
    ),
    Case(
        (27,),
        "monitor-answers-ones",
        GROUP,
        "every register reads 0xFF, the CRC right",
        "opens: that is no cell of 6.5 V",
        _SILENT_MS,
        _SILENT_WHY,
        Reaction.OPENS,
        _faults(ones=True),
        (d.STALE_CELLS,),
        _SILENT,
    ),
    Case(
        (27,),
        "bus-stretched",
        GROUP,
        "the monitor holds the clock for 60 ms in every transfer",
        "opens",
        400.0,
        "a transfer costs the 50 ms after which it is given up: three of them before a dead bus is tried once a tick",
        Reaction.OPENS,
        _faults(stretch=0.06),
        (d.STALE_CELLS,),
        {**_SILENT, d.OVERRUN: "the tick waits for the bus"},
        setting=Setting(slow=True),
    ),
    Case(
        (27,),
        "bus-held",
        GROUP,
        "the monitor holds SDA low until it gets nine clocks",
        "nothing: the driver sends them",
        None,
        "a byte that a reset left half done (firmware/drivers/i2c_recovery.py)",
        Reaction.NOTHING,
        _faults(sda_low=True),
    ),
    Case(
        (28,),
        "monitor-resets",
        GROUP,
        "the monitor browns out: settings and protections are lost",
        "opens, settings are written again, the drive goes on",
        _SILENT_MS,
        "the reset is told by the next frame",
        Reaction.OPENS,
        lambda rig: rig.chip.reset(),
        (d.CHIP_LOST,),
        {
            d.STALE_CELLS: "a monitor that starts measures nothing for a while",
            d.STALE_TEMPERATURES: "nothing is read until it is set up",
        },
        lasts_s=12.0,
        judge=_once_more,
    ),
    Case(
        (28,),
        "setting-flipped",
        GROUP,
        "the over-voltage limit in the monitor's memory changes by itself",
        "opens",
        9500.0,
        "the signature of the settings is asked for each 9 s",
        Reaction.OPENS,
        _flip_setting,
        (d.CHIP_LOST,),
        {d.STALE_CELLS: "settings are written again"},
        fault_s=16.0,
        lasts_s=12.0,
    ),
    Case(
        (33,),
        "temperatures-lost",
        GROUP,
        "the block of temperatures cannot be read any more",
        "opens",
        2300.0,
        "they come once a second and are believed for 2 s",
        Reaction.OPENS,
        lambda rig: rig.deaf.add(_TEMPERATURES),
        (d.STALE_TEMPERATURES,),
        _SILENT,
        lasts_s=4.0,
    ),
    Case(
        (34,),
        "stack-broken",
        GROUP,
        "of two monitors the upper one falls silent",
        "opens",
        _SILENT_MS,
        _SILENT_WHY,
        Reaction.OPENS,
        _faults(nacks=_FOR_EVER),
        (d.STALE_CELLS,),
        _SILENT,
        setting=Setting(series=32, slow=True),
    ),
)
