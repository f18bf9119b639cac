"""Starts the agent with one planted fault: ``bootstrap.py FAULT SETTINGS``.

Extractor processes import this file under another name: they get no fault.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> int:
    """Plant the fault, then run the agent as its own command would."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from faults import plant  # noqa: PLC0415 - after the path

    from agent import app  # noqa: PLC0415 - after the path

    plant(sys.argv[1])
    return app.main(sys.argv[2:])


if __name__ == "__main__":
    raise SystemExit(main())
