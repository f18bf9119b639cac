"""Main file, drop-ins and environment: what covers what, and where each value came from."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.settings import Settings, load
from agent.settings.effective import changes, document, needs_restart, reloaded, rows
from agent.settings.given import given, merged, plain
from agent.settings.sources import drop_ins, leaves, read, value_of, variable

MAIN = 'node = "n"\n[input]\nhost = "a"\nport = 1\n[[route]]\nfilter = "x"\nschemas = ["s", "t"]\n'


def laid(*texts: str) -> object:
    """Return the documents laid over each other."""
    return plain(
        merged(given(tomllib.loads(text), {}, f"{number}.toml") for number, text in enumerate(texts))
    )


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [
        ("a = 1", "b = 2", {"a": 1, "b": 2}),
        ("a = 1", "a = 2", {"a": 2}),
        ("[t]\na = 1\nb = 1", "[t]\nb = 2", {"t": {"a": 1, "b": 2}}),
        ("t = {a = {b = 1}}", "t.a.c = 2", {"t": {"a": {"b": 1, "c": 2}}}),
        ("a = [1, 2]", "a = [3]", {"a": [3]}),
        ("[t]\na = 1", "t = 2", {"t": 2}),
        ("[[other]]\na = 1", "[[other]]\na = 2", {"other": [{"a": 2}]}),
        (
            "[[route]]\nfilter = 'x'\nordered = true",
            "[[route]]\nfilter = 'x'\nordered = false",
            {"route": [{"filter": "x", "ordered": False}]},
        ),
        (
            "[[route]]\nfilter = 'x'",
            "[[route]]\nfilter = 'y'",
            {"route": [{"filter": "x"}, {"filter": "y"}]},
        ),
        (
            "[[route]]\nfilter = 'x'\n[[route]]\nfilter = 'y'",
            "[[route]]\nfilter = 'y'\nordered = false",
            {"route": [{"filter": "x"}, {"filter": "y", "ordered": False}]},
        ),
        (
            "[[tier]]\nname = 'a'\nbatch = 1\nthreads = 2",
            "[[tier]]\nname = 'a'\nbatch = 9",
            {"tier": [{"name": "a", "batch": 9, "threads": 2}]},
        ),
        (
            "[[route]]\nfilter = 'x'",
            "[[route]]\nordered = true",
            {"route": [{"filter": "x"}, {"ordered": True}]},
        ),
    ],
)
def test_upper_layer_covers_the_lower(lower: str, upper: str, expected: object) -> None:
    """Tables key by key, routes by filter, tiers by name, everything else whole."""
    assert laid(lower, upper) == expected


def test_equal_names_in_one_file_stay_two() -> None:
    """A slip inside one file is a fault to report, not an order to merge."""
    assert laid("[[tier]]\nname = 'a'\n[[tier]]\nname = 'a'") == {"tier": [{"name": "a"}, {"name": "a"}]}


def configured(tmp_path: Path, **drop_ins_: str) -> Path:
    """Write the main file and drop-ins."""
    (tmp_path / "conf.d").mkdir()
    for name, text in drop_ins_.items():
        (tmp_path / f"conf.d/{name}.toml").write_text(text)
    path = tmp_path / "maaza.toml"
    path.write_text(MAIN)
    return path


def test_drop_ins_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    """The last one wins; hidden files and other endings are not read."""
    path = configured(tmp_path, a10="[input]\nport = 10\n", a9="[input]\nport = 9\n")
    (tmp_path / "conf.d/.a99.toml").write_text("no toml")
    (tmp_path / "conf.d/zz.toml.bak").write_text("no toml")
    assert [file.name for file in drop_ins(path)] == ["a10.toml", "a9.toml"]
    assert load(path).input.port == 9


def test_drop_in_folder_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    """Settings that somebody wrote are never left out in silence."""
    path = tmp_path / "maaza.toml"
    path.write_text(MAIN)
    (tmp_path / "conf.d").write_text("no folder")
    with pytest.raises(ConfigError, match=r"conf\.d: .*may read, or remove it"):
        load(path)


def test_environment_covers_all_files(tmp_path: Path) -> None:
    """Values, items of lists, tables that no file has; other variables are nobody's business."""
    path = configured(tmp_path, a="[input]\nport = 2\n")
    environment = {
        "MAAZA__INPUT__PORT": "3",
        "MAAZA__ROUTE__0__SCHEMAS": "u, v",
        "MAAZA__ROUTE__0__ORDERED": "false",
        "MAAZA__ROUTE__1__FILTER": "y/+",
        "MAAZA__ROUTE__1__SCHEMAS": '["w"]',
        "MAAZA__OUTPUT__HOST": "1.5",
        "MAAZA_TEST": "x",
        "HOME": "/",
    }
    settings = load(path, environment=environment)
    assert settings.input.port == 3
    assert [route.schemas for route in settings.route] == [("u", "v"), ("w",)]
    assert not settings.route[0].ordered
    assert settings.sink.host == "1.5"


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("1883", "input.client_id", "1883"),
        ("1883", "input.port", 1883),
        ("many", "input.port", "many"),
        ("0.5", "limits.stop_s", 0.5),
        ("true", "route.0.ordered", True),
        ("", "route.0.tiers", []),
        ("a", "route.0.tiers", ["a"]),
        ('["a", "b"]', "route.0.tiers", ["a", "b"]),
    ],
)
def test_variable_is_read_as_its_setting_wants_it(text: str, key: str, value: object) -> None:
    """Text stays text, whatever it looks like; the rest is TOML, lists also with commas."""
    location = tuple(int(part) if part.isdecimal() else part for part in key.split("."))
    assert value_of(text, location) == value


def test_every_setting_has_its_variable() -> None:
    """No setting can be reached by files alone."""
    names = {variable(location) for location in leaves()}
    assert {
        "MAAZA__NODE",
        "MAAZA__INPUT__TLS__CA_FILE",
        "MAAZA__ROUTE__0__FILTER",
        "MAAZA__LOG__LEVEL",
    } <= names
    assert not {"MAAZA__INPUT", "MAAZA__ROUTE", "MAAZA__OUTPUT__TLS"} & names


def test_each_value_knows_where_it_came_from(tmp_path: Path) -> None:
    """Default, file and line, variable; an item that a drop-in changes has two origins."""
    path = configured(tmp_path, a='[[route]]\nfilter = "x"\nordered = false\n')
    sources = read(path, {"MAAZA__INPUT__PORT": "3"})
    settings = load(path, environment={"MAAZA__INPUT__PORT": "3"})
    origins = {row.key: str(row.origin) for row in rows(settings, sources.tree)}
    assert origins["input.host"] == f"{path}:3"
    assert origins["input.port"] == "environment MAAZA__INPUT__PORT"
    assert origins["route[0].schemas"] == f"{path}:7"
    assert origins["route[0].ordered"] == f"{tmp_path / 'conf.d/a.toml'}:3"
    assert origins["limits.in_flight"] == origins["tier[0].name"] == "default"


def settings_of(text: str, tmp_path: Path) -> Settings:
    """Return the settings of a text."""
    path = tmp_path / "one.toml"
    path.write_text(text)
    return load(path)


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    """Some brokers take an access token as username."""
    settings = settings_of(f'{MAIN}[output]\nusername = "geheim"\npassword_file = "/p"\n', tmp_path)
    assert document(settings)["output.username"] == "***"
    assert document(settings)["output.password_file"] == "/p"
    assert "geheim" not in str(document(settings))


def test_reload_takes_routes_schemas_and_log_level_alone(tmp_path: Path) -> None:
    """Everything else is named as what needs a restart, and stays as it runs."""
    old = settings_of(MAIN, tmp_path)
    more = '[buffer]\npath = "/other.db"\n[log]\nlevel = "debug"\n[[tier]]\nname = "b"\n'
    new = settings_of(MAIN.replace('"x"', '"y"').replace("port = 1", "port = 2") + more, tmp_path)
    assert changes(old, new) == ["buffer.path", "input.port", "log.level", "route[0].filter", "tier[0].name"]
    assert needs_restart(changes(old, new)) == ["buffer.path", "input.port", "tier[0].name"]
    assert changes(old, reloaded(old, new)) == ["log.level", "route[0].filter"]
