from libc.stdint cimport int32_t
cimport cython

cdef int32_t C_Q26, G_Q24, HYST_LOW_Q24, HYST_HIGH_Q24, ETA_Q20, BLIND_MS, F1_Q24, SPAN_MS, V_UV, DZ_Q30, MID_Q21
cdef int32_t ERR_UV, H_Q14, R_Q27, SB_Q32, SV_Q32, SCALE_Q24, STEEP_Q7, XE_Q13, HYST_RATE, H_MIN_UV, H_MAX_UV, S0_Q16
cdef int32_t SSL_Q16, RHO_Q15, R0_Q16, RHOF_Q12, FADE_ETA_Q31, PV_Q32, OCV_UV, HYST_UV, ASINH_Q16, LAG2_Q15
cdef int32_t LAG3_Q15, I0_Q13, WIDE_Q12, LASTING_Q12, SHIFT_UV, _SURFACE_LEAST, _STEEPEST_UV, _V_Q33

@cython.locals(a=int32_t, blind_ms=int32_t, d=int32_t, ds_q15=int32_t, eta_q16=int32_t, f_q15=int32_t,
               g_q15=int32_t, h_uv=int32_t, hc_uv=int32_t, hi=int32_t, hu_uv=int32_t, i=int32_t, i0_q13=int32_t,
               i_q13=int32_t, j=int32_t, k=int32_t, lag2_q15=int32_t, lag3_q15=int32_t, lag_q21=int32_t,
               lasting_q11=int32_t,
               lo=int32_t, p_uv=int32_t, pol_uv=int32_t, rise_uv=int32_t, row=int32_t, so_uv=int32_t,
               steep=int32_t, steep_uv=int32_t, t_ms=int32_t, x2_q13=int32_t, x3_q13=int32_t, x_q13=int32_t,
               zs_q21=int32_t)
cdef int32_t step(int32_t *s, int32_t *par, int32_t t_mdegc) noexcept nogil
