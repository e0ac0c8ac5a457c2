"""Group B: the bus and the monitor as a chip."""

from bms.bench.hil.case import MEASURES_NO_MORE, Case, Reaction, Setting
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
_STANDS_STILL = {
    d.NOT_MEASURING: "that is what it is",
    d.FROZEN_CELL: "its cells stand still while the lowest monitor's current changes",
    d.CURRENT_WHILE_OPEN: "it shows the old current behind open contactors as well",
}
_CHANGING, _STEADY = (0.3, 0.8), (0.5, 0.5)
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
    *(
        Case(
            (22, 33),
            name,
            GROUP,
            injected,
            "opens",
            5500.0,
            MEASURES_NO_MORE,
            Reaction.OPENS,
            _faults(**what),
            told,
            _STANDS_STILL,
            setting=Setting(c_rates=c_rates, series=series),
            lasts_s=7.0,
        )
        for name, injected, what, told, c_rates, series in (
            (
                "monitor-stands-still",
                "the monitor answers and measures no more, while the load changes",
                {"unscanned": True, "uncounted": True},
                (d.NOT_MEASURING,),
                _CHANGING,
                16,
            ),
            (
                "monitor-stands-still-under-a-steady-load",
                "the monitor answers and measures no more, while nothing changes",
                {"unscanned": True, "uncounted": True},
                (d.NOT_MEASURING,),
                _STEADY,
                16,
            ),
            (
                "voltages-stand-still-under-a-steady-load",
                "the monitor's cells and temperatures stand still, its current does not",
                {"unscanned": True},
                (d.NOT_MEASURING,),
                _STEADY,
                16,
            ),
            (
                "voltages-stand-still",
                "all cells stand still, while the current changes",
                {"unscanned": True},
                (d.FROZEN_CELL,),
                _CHANGING,
                16,
            ),
            (
                "monitor-without-a-processor",
                "the monitor acknowledges all, shows what it did, and takes no command",
                {"dead": True},
                (d.NOT_MEASURING,),
                _STEADY,
                16,
            ),
            (
                "upper-monitor-stands-still",
                "of two monitors the upper one measures no more",
                {"unscanned": True, "uncounted": True},
                (d.NOT_MEASURING,),
                _STEADY,
                32,
            ),
        )
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
        {**_SILENT, d.NOT_MEASURING: "the sign of a scan stands in that block"},
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
