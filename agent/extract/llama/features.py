"""Prints what llama.cpp was compiled for: ``python -m agent.extract.llama.features``."""

from __future__ import annotations

import sys

from agent.extract.llama.loading import library


def system_info() -> str:
    """Return what llama.cpp says about its build and this processor."""
    said: bytes = library().llama_print_system_info()
    return said.decode("utf-8", "replace")


if __name__ == "__main__":
    sys.stdout.write(system_info())
