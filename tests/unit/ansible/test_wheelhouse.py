"""A wheelhouse says of itself what it holds."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from wheels import builder

WHEELS = ("maaza-0.1.0", "pip-26.0", "prometheus_client-0.26.0", "typing_extensions-4.16.0", "stranger-1.0")


def test_lists_differ_by_what_serves_prometheus(tmp_path: Path) -> None:
    """Each list names what its lock does and ourselves, by hash; names are compared as pip does."""
    for name in WHEELS:
        with zipfile.ZipFile(tmp_path / f"{name}-py3-none-any.whl", "w") as wheel:
            wheel.writestr("a", name)
    builder().describe(tmp_path)
    plain, serving = (
        {line.split("==")[0] for line in (tmp_path / name).read_text().splitlines()}
        for name in ("requirements.txt", "metrics.txt")
    )
    assert {"maaza", "typing_extensions"} < plain
    assert serving - plain == {"prometheus_client"}
    assert "stranger" not in serving
    said = json.loads((tmp_path / "manifest.json").read_text())
    assert {"requirements.txt", "metrics.txt"} < said["files"].keys()
