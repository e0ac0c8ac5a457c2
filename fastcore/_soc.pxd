from libc.stdint cimport int32_t
cimport cython

cdef int32_t Q_MC, REST_UC, CAP_MC, REST_Q30, B_Q24, C_Q26, G_Q24, W_Q24, P_Q32, X1_Q24, X2_Q24, X3_Q24
cdef int32_t HYST_LOW_Q24, HYST_HIGH_Q24, ETA_Q20, BLIND_MS, F1_Q24, F2_Q24, F3_Q24, UBAR_Q24, T_MS, V_SUM
cdef int32_t MOVED_MC, SPAN_MS, V_UV, I_Q13, DZ_Q30, MID_Q21, ERR_UV, H_Q14, R_Q27, SB_Q32, SV_Q32, XE_Q13
cdef int32_t N_Q30, SD_Q16, SOC_Q21, C_Q7, SHARE_Q24, PAIRS, REASON, FROM_Q21, FROM_Q32, OUT_Q28, SINCE_MIN
cdef int32_t PART_MS, BEST_X_Q15, BEST_Y_Q15, BEST_VX_Q32, BEST_VY_Q32, BEST, REST_MS, ZERO_Q26, ZERO_Q36
cdef int32_t FULL_MS, SCALE_Q24, STATE, C_PER_MA_Q35, TAU1_MS, TAU2_MS, TAU3_MS, A1_Q28, A2_Q28, A3_Q28
cdef int32_t HYST_RATE, H_MIN_UV, H_MAX_UV, S0_Q16, SSL_Q16, RHO_Q15, R0_Q16, RHOF_Q12, FADE_B_Q31, FADE_ETA_Q31
cdef int32_t P_MIN_Q32, PC_MIN_Q32, PG_MIN_Q32, PQ_Q32, PC_Q32, PG_Q32, RATED_MC, V_FULL_UV, PV_Q32, OCV_UV
cdef int32_t HYST_UV, ASINH_Q16, LAG2_Q15, LAG3_Q15, I0_Q13, WIDE_Q12, SHIFT_UV, R_UV, PARAMETERS
cdef int32_t _BLIND_MOST_MS, _BLIND_MEAN_MS, _BLIND_PRIOR_MS, _U_MOST_Q24

@cython.locals(a=int32_t, blind_ms=int32_t, cap_mc=int32_t, d=int32_t, i_a=int32_t, i_q13=int32_t, j=int32_t,
               k=int32_t, moved_mc=int32_t, q_mc=int32_t, q_mid_mc=int32_t, t_ms=int32_t, u_q24=int32_t,
               v_sum=int32_t, x_q13=int32_t, x_q24=int32_t)
cdef int32_t step(int32_t *s, int32_t *par, int32_t i_ma, int32_t v_uv, int32_t dt_ms) noexcept nogil
