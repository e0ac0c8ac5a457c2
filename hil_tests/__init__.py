"""The firmware as a whole against emulated cells."""
