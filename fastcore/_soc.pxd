from libc.stdint cimport int32_t
cimport cython

cdef int32_t Q_MC, REST_UC, CAP_MC, X1_Q24, X2_Q24, HYST_Q15, B_Q24, PZZ_Q32, PZB_Q32, PBB_Q32, ETA_Q20, SD_Q16
cdef int32_t SOC_Q21, T_MS, V_SUM, I_SUM, X1_SUM, MOVED_MC, ERR_UV, I_Q13, STATE
cdef int32_t C_PER_MA_Q35, TAU1_MS, TAU2_MS, HYST_RATE, H_MIN_UV, H_MAX_UV, S0_Q16, SSL_Q16, RHO_Q15, R0_Q16, RHOF_Q12
cdef int32_t TAU_B_MS, TAU_ETA_MS, SD_Q_Q15, SD_I_Q30, P_MIN_Q32, OCV_UV, DUDT_UV, HYST_UV, R_UV, PARAMETERS

@cython.locals(cap_mc=int32_t, i_a=int32_t, moved_mc=int32_t, a=int32_t, d=int32_t, j=int32_t, k=int32_t, lo=int32_t,
               hi=int32_t, q_mc=int32_t, i_q24=int32_t, x_q24=int32_t, t_ms=int32_t, v_sum=int32_t, i_sum=int32_t,
               x_sum=int32_t, i_q13=int32_t, x1_q13=int32_t, x2_q13=int32_t, x_q13=int32_t, q_mid_mc=int32_t,
               f_q15=int32_t, g_q15=int32_t, z_q21=int32_t, p_uv=int32_t, h_uv=int32_t, h_q14=int32_t,
               sdz_q30=int32_t, dz_q30=int32_t, hyst_q15=int32_t, pol_uv=int32_t, pol_q16=int32_t, eta_q20=int32_t,
               r_q16=int32_t, r_q29=int32_t, sb_q32=int32_t, pzz=int32_t, pzb=int32_t, pbb=int32_t, b_q24=int32_t,
               b_uv=int32_t, nz=int32_t, nb=int32_t, kz_q17=int32_t, kb_q17=int32_t, e_q16=int32_t)
cdef int32_t step(int32_t *s, int32_t *par, int32_t i_ma, int32_t v_uv, int32_t t_mdegc, int32_t dt_ms) noexcept nogil
