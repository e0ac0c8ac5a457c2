"""Pins and buses, a file a board."""
