from libc.stdint cimport int32_t
cimport cython

cdef int32_t Q_MC, CAP_MC, REST_Q30, B_Q24, P_Q32, BLIND_MS, SPAN_MS, DZ_Q30, MID_Q21, ERR_UV, H_Q14, R_Q27
cdef int32_t SB_Q32, N_Q30, SD_Q16, SCALE_Q24, SOC_Q21, STEEP_Q7, P_MIN_Q32, PC_MIN_Q32, PG_MIN_Q32, _V_Q33, _FULL_Q21

@cython.locals(a=int32_t, at=int32_t, cap_mc=int32_t, d=int32_t, e_q16=int32_t, e_uv=int32_t, h0=int32_t,
               h2=int32_t, h3=int32_t, h4=int32_t, hi=int32_t, i=int32_t, inverse=int32_t, j=int32_t, k=int32_t,
               k_q17=int32_t, last=int32_t, lo=int32_t, most=int32_t, moved_q21=int32_t, n=int32_t, n0=int32_t,
               n1=int32_t, n2=int32_t, n3=int32_t, n4=int32_t, n5=int32_t, p_least=int32_t, p_most=int32_t,
               q_mc=int32_t, sum_q27=int32_t, z_q21=int32_t)
cdef int32_t step(int32_t *s, int32_t *par) noexcept nogil
