"""Vehicles, speed traces and how far a pack takes them."""
