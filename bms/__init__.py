"""Desktop side of packmirror: cells and packs, estimation over logs, drives, reports, the emulated bench."""
