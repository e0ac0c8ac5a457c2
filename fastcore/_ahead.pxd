from libc.stdint cimport int32_t
cimport cython

cdef int32_t C_NV_M, LOSS_NV_M, PEAK_Q6, ENERGY_UV, SHARE_Q15, AHEAD_UV, LEFT_Q21, SLOPE_UV, DOUBT_Q16
cdef int32_t STEP_Q6, E_UV, EMPTY_Q15, _COLD_Q21, _DOUBT_Q16

@cython.locals(a=int32_t, d=int32_t, j=int32_t, k=int32_t, f_q15=int32_t, f_q10=int32_t, g_q10=int32_t, e_uv=int32_t,
               full_uv=int32_t, peak_q6=int32_t, empty_q21=int32_t, doubt_q16=int32_t, share_q15=int32_t, cold=int32_t)
cdef int32_t step(int32_t *r, int32_t *par, int32_t soc_q21, int32_t t_mdegc) noexcept nogil
