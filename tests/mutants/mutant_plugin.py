"""A pytest plugin that plants one fault before any test runs; loaded by run.py only."""

from __future__ import annotations

from faults import plant_from_environment

plant_from_environment()
