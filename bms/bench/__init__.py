"""The virtual bench: targets that run the firmware, the link to them, and what is measured on them."""
