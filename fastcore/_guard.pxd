from libc.stdint cimport int32_t
cimport cython

cdef int32_t WARNINGS_A, WARNINGS_B, TRIPS_A, TRIPS_B, REACTION, PENDING, TIMER_MS, ROWS_MOST
cdef int32_t _READING, _SIGN, _GATE, _WARN, _TRIP, _DELAY_MS, _HYSTERESIS, _RECOVERY_MS, _LATCH, _REACTION, _COLUMNS
cdef int32_t _TIMER_MOST_MS, _SOON_MS, _REACTIONS

@cython.locals(warnings_a=int32_t, warnings_b=int32_t, trips_a=int32_t, trips_b=int32_t, reaction=int32_t,
               pending=int32_t, k=int32_t, at=int32_t, value=int32_t, warn=int32_t, trip=int32_t, judged=int32_t,
               bit=int32_t, word=int32_t, over=int32_t, timer_ms=int32_t, tripped=int32_t, counts=int32_t,
               most_ms=int32_t)
cdef int32_t step(int32_t *g, int32_t *table, int32_t *r, int32_t rows, int32_t dt_ms) noexcept nogil
