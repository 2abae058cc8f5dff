"""The one exception of the capture programs, and how a program ends with it."""
import os
import sys


class CaptureError(Exception):
    """What the user can mend: one line, shown as `error: ...`, exit status 2."""


def run(main):
    """Ends the process: with main's result, or with 2 and one line for a CaptureError."""
    try:
        sys.exit(main())
    except CaptureError as error:
        print("error: " + " ".join(str(error).split()), file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(2)


def short(error):
    """The first line of another program's exception, with its type."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__
