"""The virtual board in node: MicroPython, its flash in a folder, its serial line, its `machine`."""
