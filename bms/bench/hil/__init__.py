"""The fault matrix: the firmware on a target, emulated hardware that fails to order, and a judge."""
