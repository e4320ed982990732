"""`python -m backend.cli`, for where the command itself is not installed."""

import sys

from backend.cli import main

sys.exit(main())
