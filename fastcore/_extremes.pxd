from libc.stdint cimport int32_t
cimport cython

cdef int32_t MAX_UV, MIN_UV, MAX_AT, MIN_AT, SUM_MV, IMPOSSIBLE, OPEN_WIRES, FROZEN_MS, FROZEN_AT, CELLS
cdef int32_t STUCK_MS, BAND_MA, STEADY_MA, STEADY, STEPPED, TOP_UV, BOTTOM_UV
cdef int32_t SAME_MS, LAST_UV, AT_MA, A_CELL
cdef int32_t _LONGEST_MS, _HIGHEST_UV, _LOWEST_UV, _APART_UV, _EVEN_UV
cdef int32_t _SETTLING, _KNOWN, _SAMPLE_MS, _STEP_UV, _STEP_MS, _QUIET_MS

@cython.locals(most_uv=int32_t, least_uv=int32_t, most_at=int32_t, least_at=int32_t, sum_mv=int32_t,
               impossible=int32_t, frozen_ms=int32_t, frozen_at=int32_t, k=int32_t, at=int32_t, v=int32_t,
               away_ma=int32_t, drift_ma=int32_t, step_ma=int32_t, same_ms=int32_t, mean_uv=int32_t,
               open_wires=int32_t, a=int32_t, d=int32_t)
cdef int32_t step(int32_t *x, int32_t *v_uv, int32_t cells, int32_t i_ma, int32_t far_ma, int32_t dt_ms) noexcept nogil
