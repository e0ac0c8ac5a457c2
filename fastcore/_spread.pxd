from libc.stdint cimport int32_t
cimport cython

cdef int32_t REST_Q30, B_Q24, C_Q26, W_Q24, P_Q32, BLIND_MS, SPAN_MS, DZ_Q30, SB_Q32, SV_Q32, SCALE_Q24
cdef int32_t FADE_B_Q31, _TWICE_Q24

@cython.locals(a=int32_t, b_q24=int32_t, c_q24=int32_t, d=int32_t, dz_q30=int32_t, j=int32_t, pbb=int32_t,
               rest_q30=int32_t, t_ms=int32_t, w_q20=int32_t)
cdef int32_t step(int32_t *s, int32_t *par) noexcept nogil
