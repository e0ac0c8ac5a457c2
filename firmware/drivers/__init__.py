"""Chips on a board, a file each; the bus is handed in."""
