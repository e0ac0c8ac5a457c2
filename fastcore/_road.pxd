from libc.stdint cimport int32_t
cimport cython

cdef int32_t E_NV, L_NV, D_MM, C_NV_M, LOSS_NV_M, W_M, P_Q6, PEAK_Q6, USED_NV, W_MAX_M, OCV_UV, _LESSON_MM, _HILL_Q6

@cython.locals(a=int32_t, d=int32_t, k=int32_t, f_q15=int32_t, lost_mv=int32_t, e_nv=int32_t, l_nv=int32_t, p_q6=int32_t,
               peak_q6=int32_t, c_nv_m=int32_t, loss_nv_m=int32_t, w_m=int32_t, d_m=int32_t)
cdef int32_t step(int32_t *r, int32_t *par, int32_t i_q13, int32_t v_mv, int32_t t_ms, int32_t d_mm,
                  int32_t soc_q21) noexcept nogil
