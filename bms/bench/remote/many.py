"""One entry after the other in the same interpreter: "m" asks which is next, "z" tells what ended the last one."""


def main(ask, tell):
    """Until the host names none."""
    while True:
        entry = ask("m")
        if not entry:
            return
        try:
            __import__(entry).main(ask, tell)
        except Exception as error:
            tell("z %s: %s" % (type(error).__name__, error))
