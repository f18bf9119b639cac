"""Bounds on a schema, so that a hostile one costs a clear error and never the daemon's time or memory."""

from __future__ import annotations

from typing import Final

MAX_DOCUMENT_BYTES: Final = 1024 * 1024
"""Size of a schema file, bytes. Real ones are under 20 kB."""

MAX_DOCUMENT_DEPTH: Final = 64
"""Levels of nesting in the JSON of a schema; one field nested in another costs two."""

MAX_DOCUMENT_VALUES: Final = 50_000
"""JSON values in a schema document, keys not counted."""

MAX_PLACES: Final = 2_000
"""Subschemas as written, definitions included; checking them against the metaschema is the dearest step."""

MAX_EXPANDED_PLACES: Final = 20_000
"""Subschemas once every local reference stands for a copy of its target; bounds the validator's work too."""

MAX_EXPANDED_DEPTH: Final = 64
"""Subschemas inside one another, each reference a step of its own; bounds recursion, the validator's too."""

MAX_NODES: Final = 2_000
"""Fields, arrays and alternatives of one compiled schema."""

MAX_TREE_DEPTH: Final = 24
"""Levels of the compiled tree; an array of objects costs two."""

MAX_CHOICES: Final = 1_000
"""Values of one ``enum``."""

MAX_PATTERN_CHARS: Final = 1_000
"""Characters of one ``pattern``."""

MAX_ALL_PATTERN_CHARS: Final = 10_000
"""Characters of all patterns of a schema together; each is compiled and searched for explosive repeats."""

MAX_BRANCHES: Final = 100
"""Branches of one ``allOf``."""
