"""`python -m borderflow` is the command `borderflow`."""

import sys

from borderflow.cli import main

if __name__ == "__main__":
    sys.exit(main())
