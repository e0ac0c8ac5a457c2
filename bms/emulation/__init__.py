"""The truth that does not exist: cells, packs and the monitor chip in front of them."""
