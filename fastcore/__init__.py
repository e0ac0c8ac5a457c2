"""The firmware's kernels, compiled: same source, same numbers; and the hot loop of the emulated cell."""
