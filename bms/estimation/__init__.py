"""Logs in, state of charge with its interval out."""
