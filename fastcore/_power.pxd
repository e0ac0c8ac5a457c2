from libc.stdint cimport int32_t
cimport cython

cdef int32_t B_Q24, G_Q24, P_Q32, X1_Q24, SD_Q16, SOC_Q21, SHARE_Q24, OCV_UV, HYST_UV, ASINH_Q16, LAG2_Q15
cdef int32_t LAG3_Q15, I0_Q13, WIDE_Q12, SHIFT_UV, LIMIT_Q13, THEN_UV, STATE, V_MIN_UV, V_MAX_UV, KEEP_Q15, DZ_Q15, MOST_Q13
cdef int32_t CHARGE_Q13, PARAMETERS, _TRIES, _CLOSE_UV, _SURFACE_LEAST, _SHARE_LEAST_Q14

@cython.locals(a=int32_t, above_q10=int32_t, apart_q21=int32_t, at=int32_t, b_uv=int32_t, c_q13=int32_t, d=int32_t, doubt_uv=int32_t,
               dz_q15=int32_t, f_q10=int32_t, f_q15=int32_t, g_q10=int32_t, g_share_q15=int32_t, high_q13=int32_t,
               high_uv=int32_t, i0_q13=int32_t, i1_q13=int32_t, i2_q13=int32_t, i_q13=int32_t, j=int32_t, k=int32_t,
               keep1_q15=int32_t, keep2_q15=int32_t, keep3_q15=int32_t, lag2_q15=int32_t, lag3_q15=int32_t,
               low_q13=int32_t, low_uv=int32_t, low_v_uv=int32_t, most_q13=int32_t, n=int32_t,
               pol_uv=int32_t, room_q21=int32_t, room_uv=int32_t, row=int32_t, s_q13=int32_t,
               sd_g_q14=int32_t, sd_g_q16=int32_t, sd_q16=int32_t, sd_q21=int32_t, share_q14=int32_t, sign=int32_t, tries=int32_t,
               v_uv=int32_t, var_q32=int32_t, wide_q12=int32_t, x1_q13=int32_t, x2_q13=int32_t, x3_q13=int32_t,
               z_q21=int32_t, zero_uv=int32_t, zs_q21=int32_t)
cdef int32_t step(int32_t *out, int32_t *s, int32_t *par, int32_t *lim, int32_t t_mdegc) noexcept nogil
