"""Small files in one folder of the board's file system, which is to be littlefs: it keeps the old file until the new
one is complete. FAT survives a power cut less well: its directory can be lost with all that is in it.
"""

import os
from errno import ENOENT


class Files:
    """Storage of firmware/store.py. The folder is made if it is not there; where that fails, each write will say so."""

    def __init__(self, folder):
        self._folder = folder + "/"
        try:
            os.mkdir(folder)
        except OSError:  # it is there, or nothing can be written at all
            pass

    def read(self, name):
        """All bytes of a file, None if there is none. OSError if it cannot be read."""
        try:
            with open(self._folder + name, "rb") as file:
                return file.read()
        except OSError as error:
            if error.errno == ENOENT:
                return None
            raise

    def write(self, name, data):
        """Replace a file. OSError if the device refuses."""
        with open(self._folder + name, "wb") as file:
            file.write(data)
