"""Integer kernels: the same source on the controller, in CPython and compiled by Cython."""
