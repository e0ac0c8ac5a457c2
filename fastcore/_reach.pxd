from libc.stdint cimport int32_t
cimport cython

cdef int32_t E_NV, L_NV, D_MM, C_NV_M, LOSS_NV_M, W_M, P_Q6, PEAK_Q6, ROUTE_NV_M, SHOWN_MM, P10_M, P50_M, P90_M, ENERGY_UV
cdef int32_t SHARE_Q15, CUT, ANEW, USED_NV, AHEAD_UV, LEFT_Q21, SLOPE_UV, DOUBT_Q16, TOLD_Q6, STATE
cdef int32_t C_PRIOR_NV_M, W_PRIOR_M, W_MAX_M, SD_PRIOR_Q15, SD_ROAD_Q15, SD_ROUTE_Q15, SD_ENERGY_Q15, STEP_Q6
cdef int32_t OCV_UV, E_UV, EMPTY_Q15, PARAMETERS
cdef int32_t _ROAD_M, _LAST_Q21

@cython.locals(a=int32_t, d=int32_t, k=int32_t, c_nv_m=int32_t, loss_nv_m=int32_t, w_m=int32_t, left_q21=int32_t,
               far_m=int32_t, wide_m=int32_t, sd_q15=int32_t, route_nv_m=int32_t, far_mm=int32_t, shown_mm=int32_t,
               most_mm=int32_t, shown_m=int32_t, told_q8=int32_t, told_q6=int32_t, prior_q30=int32_t)
cdef int32_t step(int32_t *r, int32_t *par, int32_t i_q13, int32_t t_ms, int32_t moved_mm, int32_t sd_q16) noexcept nogil
