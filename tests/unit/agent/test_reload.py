"""What a reload takes over, what it leaves for a restart, what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.app.configuration import Configuration, read
from agent.app.reload import weigh
from agent.errors import ConfigError

MAIN = """\
node = "n"
schemas = "{schemas}"
[[route]]
filter = "a/+"
schemas = ["one"]
[buffer]
path = "/a.db"
"""
SCHEMA = '{"type": "object", "properties": {"x": {"type": "integer"}}}'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a configuration with two schemas."""
    (tmp_path / "schemas").mkdir()
    for name in ("one", "two"):
        (tmp_path / f"schemas/{name}.schema.json").write_text(SCHEMA)
    made = tmp_path / "maaza.toml"
    made.write_text(MAIN.replace("{schemas}", str(tmp_path / "schemas")))
    return made


def changed(path: Path, *pairs: tuple[str, str]) -> Configuration:
    """Change the file and read it."""
    text = path.read_text()
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text)
    return read(path, {})


def test_nothing_changed_takes_nothing(path: Path) -> None:
    """The same configuration again."""
    change = weigh(read(path, {}), read(path, {}))
    assert (change.taken, change.waiting) == ((), ())


def test_routes_schemas_and_log_level_are_taken(path: Path) -> None:
    """Also a schema that has changed under the same name."""
    running = read(path, {})
    (path.parent / "schemas/one.schema.json").write_text(SCHEMA.replace("integer", "number"))
    new = changed(path, ('"a/+"', '"b/+"'), ("[buffer]", '[log]\nlevel = "debug"\n[buffer]'))
    change = weigh(running, new)
    assert change.taken == ("log.level", "route[0].filter", "schema one")
    assert change.waiting == ()
    assert change.running.fingerprint != running.fingerprint


def test_what_needs_a_restart_is_named_with_its_place(path: Path) -> None:
    """Until then the old value counts, also as what the next reload compares with."""
    running = read(path, {})
    change = weigh(running, changed(path, ("/a.db", "/b.db"), ('"a/+"', '"b/+"')))
    assert change.waiting == (f"buffer.path ({path}:7)",)
    assert change.running.settings.buffer.path == "/a.db"
    assert weigh(change.running, read(path, {})).waiting == change.waiting
    assert weigh(change.running, changed(path, ("/b.db", "/a.db"))).waiting == ()


def test_route_that_needs_a_new_tier_is_refused_until_a_restart(path: Path) -> None:
    """The file is right, but not for what runs."""
    running = read(path, {})
    new = changed(path, ("[buffer]", 'tiers = ["big"]\n[[tier]]\nname = "big"\n[buffer]'))
    with pytest.raises(ConfigError) as caught:
        weigh(running, new)
    (fault,) = caught.value.faults
    assert (fault.key, fault.line) == ("route[0].tiers[0]", 6)
    assert "with what runs" in fault.cause
    assert fault.remedy.endswith("or restart")


def test_loop_with_the_topics_that_run_is_refused(path: Path) -> None:
    """A new base takes effect at a restart; until then the old one counts."""
    running = read(path, {})
    new = changed(path, ('node = "n"', 'node = "n"\nbase = "other"'), ('"a/+"', '"maaza/#"'))
    with pytest.raises(ConfigError, match="output topic"):
        weigh(running, new)


def test_fingerprint_is_of_settings_and_schemas_in_use(path: Path) -> None:
    """A schema that no route names changes nothing."""
    before = read(path, {}).fingerprint
    (path.parent / "schemas/two.schema.json").write_text(SCHEMA.replace("integer", "number"))
    assert read(path, {}).fingerprint == before
    (path.parent / "schemas/one.schema.json").write_text(SCHEMA.replace("integer", "number"))
    assert read(path, {}).fingerprint != before
