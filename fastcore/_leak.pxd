from libc.stdint cimport int32_t
cimport cython

cdef int32_t WORST_UA, WORST_AT, REST_S, SINCE_S, NOW_MDEGC, BASE_MDEGC, MEDIAN_MC, ANSWERS, LEAKS
cdef int32_t NOW_Q6, BASE_Q6, BLED_MC, OLD_UA, OLD_SD_UA, LEAK_UA, SD_UA, GAINED_MC, SD_MC, EASING_MC, A_LEAK
cdef int32_t SEEN_UV, SLOPE_UV, CAP_MC, TAKEN_MC, A_SIGHT
cdef int32_t _HOUR_S, _LAG_S, _LEAST_S, _LONGEST_S, _LEAP_Q6, _NOISE_Q6, _DRIFT_UV_K, _SURE, _MC_MOST, _UA_MOST

@cython.locals(a=int32_t, at=int32_t, begins=int32_t, d=int32_t, e=int32_t, first=int32_t, gain=int32_t, high=int32_t,
               k=int32_t, leak_ua=int32_t, low=int32_t, n=int32_t, q=int32_t, rest_s=int32_t, sd_q6=int32_t,
               sd_ua=int32_t, since_s=int32_t, v_q6=int32_t, w_q15=int32_t, worst_ua=int32_t)
cdef int32_t step(int32_t *x, int32_t *seen, int32_t cells, int32_t t_mdegc, int32_t dt_s,
                  int32_t resting) noexcept nogil
