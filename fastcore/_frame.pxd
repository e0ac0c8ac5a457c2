from libc.stdint cimport int32_t
cimport cython

cdef int32_t BYTES, CHECKS, POWERS, MESSAGES, SIGNALS, EACH, IDENTIFIER, HEAD, WHERE, SCALE, LOW, HIGH, A_SIGNAL

@cython.locals(k=int32_t, base=int32_t, missing=int32_t, n=int32_t, identifier=int32_t, count=int32_t, source=int32_t,
               told=int32_t, value=int32_t, where=int32_t, bit=int32_t, taken=int32_t, left=int32_t,
               crc=int32_t, byte=int32_t, half=int32_t, a=int32_t, d=int32_t)
cdef int32_t step(int32_t *f, int32_t *par, int32_t *x, int32_t at, int32_t size, int32_t group, int32_t counter,
                  int32_t known) noexcept nogil
