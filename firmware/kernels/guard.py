# cython: annotation_typing=False, boundscheck=False, wraparound=False, initializedcheck=False
"""Judge every diagnosis: warn, trip after its delay, recover after its own time, or stay until it is cleared.

A row of the table is that of firmware/diagnoses.py. What breaks off before its delay has passed starts anew: of a fault
that comes and goes, each stretch counts alone, so it trips in the first that lasts as long as the delay, or never. So
with recovery: one relapse starts it anew. The gate says when a row may warn and trip; what has tripped recovers by its
value alone, or a limit of charging would end by its own reaction.
"""

from firmware.kernels.dialect import const, micropython, ptr32

# State, `g`.
WARNINGS_A = const(0)  # rows 0..29, a bit each
WARNINGS_B = const(1)  # rows 30..59
TRIPS_A = const(2)
TRIPS_B = const(3)
REACTION = const(4)  # of all that have tripped
PENDING = const(5)  # rows that will trip within 0.3 s unless it is over by then
TIMER_MS = const(6)  # a row each: so long beyond it, or back from it; -1 if neither. -1..1_000_000
ROWS_MOST = const(60)

_READING = const(0)
_SIGN = const(1)
_GATE = const(2)
_WARN = const(3)
_TRIP = const(4)
_DELAY_MS = const(5)
_HYSTERESIS = const(6)
_RECOVERY_MS = const(7)
_LATCH = const(8)
_REACTION = const(9)
_COLUMNS = const(10)
_TIMER_MOST_MS = const(1000000)
_SOON_MS = const(300)
_REACTIONS = const(64)  # bits below it


@micropython.viper
def step(g: ptr32, table: ptr32, r: ptr32, rows: int, dt_ms: int) -> int:
    """Judge `rows` diagnoses over the readings `r`, dt_ms after the last time; the reactions, bits.

    readings, warn, trip  within +-1_073_741_823   hysteresis  0..1_000_000_000
    delay, recovery, dt   0..1_000_000 ms          rows        1..60
    """
    warnings_a = 0
    warnings_b = 0
    trips_a = 0
    trips_b = 0
    reaction = 0
    pending = 0
    bit = 1
    word = 0
    k = 0
    at = 0
    while k < rows:
        value = r[table[at + _READING]]
        warn = table[at + _WARN]
        trip = table[at + _TRIP]
        if table[at + _SIGN] < 0:
            value = -value
            warn = -warn
            trip = -trip
        judged = 0
        if r[table[at + _GATE]] != 0: judged = 1

        over = 0
        if judged == 1:
            if value >= warn: over = 1
            if (g[WARNINGS_A + word] & bit) != 0:
                if warn - value <= table[at + _HYSTERESIS]: over = 1
        if over == 1:
            if word == 0: warnings_a += bit
            else: warnings_b += bit

        timer_ms = g[TIMER_MS + k]
        tripped = 0
        if (g[TRIPS_A + word] & bit) != 0: tripped = 1
        counts = 0  # towards the other of the two
        if tripped == 0:
            if judged == 1:
                if value >= trip: counts = 1
        elif table[at + _LATCH] == 0:
            if trip - value > table[at + _HYSTERESIS]: counts = 1
        if counts == 0:
            timer_ms = -1
        else:
            if timer_ms < 0: timer_ms = 0
            else: timer_ms += dt_ms
            if timer_ms > _TIMER_MOST_MS: timer_ms = _TIMER_MOST_MS
            most_ms = table[at + _DELAY_MS]
            if tripped == 1: most_ms = table[at + _RECOVERY_MS]
            if timer_ms >= most_ms:
                tripped = 1 - tripped
                timer_ms = -1
            elif tripped == 0:
                if most_ms <= _SOON_MS: pending += 1
        g[TIMER_MS + k] = timer_ms
        if tripped == 1:
            if word == 0: trips_a += bit
            else: trips_b += bit
            value = table[at + _REACTION]
            trip = 1
            while trip < _REACTIONS:
                if (value & trip) != 0:
                    if (reaction & trip) == 0: reaction += trip
                trip += trip
        bit += bit
        if k == 29:
            bit = 1
            word = 1
        k += 1
        at += _COLUMNS
    g[WARNINGS_A] = warnings_a
    g[WARNINGS_B] = warnings_b
    g[TRIPS_A] = trips_a
    g[TRIPS_B] = trips_b
    g[REACTION] = reaction
    g[PENDING] = pending
    return reaction
