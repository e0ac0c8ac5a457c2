from libc.stdint cimport int32_t
cimport cython

cdef int32_t E_NV, D_MM, C_NV_M, W_M, ETA_UV, P10_M, P50_M, P90_M, STATE
cdef int32_t C_PRIOR_NV_M, W_PRIOR_M, W_MAX_M, SD_PRIOR_Q15, SD_ROAD_Q15, SD_ENERGY_Q15, V_EMPTY_UV, OCV_UV, E_UV, PARAMETERS
cdef int32_t _LESSON_MM

@cython.locals(e_nv=int32_t, c_nv_m=int32_t, w_m=int32_t, d_m=int32_t, eta_uv=int32_t, v_uv=int32_t, k=int32_t, a=int32_t,
               d=int32_t, empty_q21=int32_t, left_q21=int32_t, e_uv=int32_t, z_q21=int32_t, f_q15=int32_t, sd_q15=int32_t,
               p50_m=int32_t)
cdef int32_t step(int32_t *r, int32_t *par, int32_t i_q13, int32_t v_mv, int32_t t_ms, int32_t d_mm, int32_t soc_q21,
                  int32_t sd_q16, int32_t eta_q20) noexcept nogil
