"""What runs beside the firmware on a target, its buses as proxies over the link: MicroPython, imports firmware only."""
