"""What holds for all tests: generated examples may take their time, for other work may go on beside them."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
