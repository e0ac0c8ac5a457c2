from libc.stdint cimport int32_t
cimport cython

cdef int32_t Q_MC, CAP_MC, REST_Q30, C_Q26, P_Q32, BLIND_MS, SPAN_MS, V_UV, I_Q13, DZ_Q30, SD_Q16, SOC_Q21, C_Q7
cdef int32_t SHARE_Q24, PAIRS, REASON, FROM_Q21, FROM_Q32, OUT_Q28, SINCE_MIN, PART_MS, BEST_X_Q15, BEST_Y_Q15
cdef int32_t BEST_VX_Q32, BEST_VY_Q32, BEST, REST_MS, ZERO_Q26, ZERO_Q36, FULL_MS, RATED_MC, V_FULL_UV
cdef int32_t _MINUTE_MS, _LONG_MIN, _X_MOST_Q15, _X_LEAST_Q15, _LEAST_Q32, _MODEL_Q32, _SMALL_Q13, _FULL_MS
cdef int32_t _IDLE_Q13, _RESTING_Q13, _REST_MS, _FULL_SD_Q16

@cython.locals(a=int32_t, c1=int32_t, c2=int32_t, c3=int32_t, c4=int32_t, c5=int32_t, c6=int32_t, cap_mc=int32_t,
               d=int32_t, due=int32_t, f=int32_t, full_ms=int32_t, i_q13=int32_t, j=int32_t, k=int32_t,
               part_ms=int32_t, q_q15=int32_t, reason=int32_t, rest_ms=int32_t, rise=int32_t, t_ms=int32_t,
               vx_q32=int32_t, vy_q32=int32_t, w_q7=int32_t, x_q15=int32_t, y_q15=int32_t)
cdef int32_t step(int32_t *s, int32_t *par, int32_t told_q21, int32_t sd_q16) noexcept nogil
