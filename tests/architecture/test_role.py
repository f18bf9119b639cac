"""The role: what it says about itself is so, and it is of one mind with the agent."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import maaza
import pytest
import yaml

from agent.schemas import bundled_schemas
from agent.service import Layout
from agent.settings import check
from agent.settings.files import STORE

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "ansible/roles/agent"
KINDS: dict[str, type] = {"str": str, "path": str, "bool": bool, "int": int, "dict": dict, "list": list}


def read(path: Path) -> Any:
    """Return a YAML file."""
    return yaml.safe_load(path.read_text("utf-8"))


DEFAULTS: dict[str, Any] = read(ROLE / "defaults/main.yml")
OPTIONS: dict[str, Any] = read(ROLE / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
PLACES: dict[str, str] = read(ROLE / "vars/main.yml")
TASKS = {path.name: path.read_text("utf-8") for path in sorted((ROLE / "tasks").iterdir())}


def test_specifications_are_the_defaults() -> None:
    """Every variable is specified with its default, in the same order, and nothing else is."""
    assert {name: option["default"] for name, option in OPTIONS.items()} == DEFAULTS
    assert list(OPTIONS) == list(DEFAULTS)


@pytest.mark.parametrize("name", OPTIONS)
def test_variable_is_described_with_its_type(name: str) -> None:
    """A default of another type, or no word about it, is a trap."""
    option = OPTIONS[name]
    assert option["description"]
    assert type(option["default"]) is KINDS[option["type"]]
    assert option["default"] in option.get("choices", [option["default"]])


def test_every_variable_has_the_prefix() -> None:
    """Inventories are one name space: nothing of ours meets somebody else's."""
    assert [name for name in [*DEFAULTS, *PLACES] if not name.startswith("maaza_")] == []


def test_places_are_the_service_s() -> None:
    """The role looks where the verbs put things."""
    layout = Layout()
    assert PLACES["maaza_unit_file"] == str(layout.unit)
    assert PLACES["maaza_state_folder"] == str(layout.state)
    assert PLACES["maaza_settings_folder"] == str(layout.settings.parent)
    assert PLACES["maaza_timer_stamp"] == str(layout.snapshot_stamp)
    assert PLACES["maaza_secrets_folder"] == str(STORE)
    assert DEFAULTS["maaza_prefix"] == str(layout.prefix)


def test_secrets_are_those_that_the_unit_takes() -> None:
    """A secret under a name that nobody asks for would lie there for ever."""
    unit = (ROOT / "systemd/maaza.service").read_text("utf-8")
    taken = re.findall(r"^LoadCredential=maaza\.(\S+)$", unit, re.MULTILINE)
    assert sorted(maaza.SECRETS) == sorted(taken)


def test_unit_is_not_written_twice() -> None:
    """The wheel's unit is the one source: the role calls the verbs, and describes no unit itself."""
    assert [path.name for path in (ROLE / "templates").iterdir()] == ["50-ansible.conf.j2"]
    said = "".join(TASKS.values())
    assert "'service', 'install'" in said
    assert "'service', 'upgrade'" in said
    assert "'service', 'uninstall'" in said


def test_only_modules_of_ansible_itself_are_used() -> None:
    """A controller without a network has all it needs."""
    used = re.findall(r"^ +([a-z_]+\.[a-z_]+\.[a-z_]+):", "".join(TASKS.values()), re.MULTILINE)
    assert used
    assert {name.rpartition(".")[0] for name in used} == {"ansible.builtin"}
    assert read(ROOT / "ansible/requirements.yml") == {"collections": []}


def test_secrets_are_in_no_log_and_no_diff() -> None:
    """The one task that has a secret's text in its hands shows nothing of it."""
    (task,) = (one for one in yaml.safe_load(TASKS["configure.yml"]) if one["name"] == "Copy the secrets")
    assert (task["no_log"], task["diff"]) == (True, False)
    assert [name for name, text in TASKS.items() if "maaza_secrets_folder" in text] == [
        "absent.yml",
        "configure.yml",
    ]


def test_settings_of_the_example_inventory_are_valid() -> None:
    """What people copy is accepted by the agent."""
    settings = read(ROOT / "ansible/inventory/example.yml")["maaza"]["vars"]["maaza_settings"]
    text = maaza.toml(settings).replace("{{ inventory_hostname }}", "pi")
    assert check(tomllib.loads(text), known_schemas=sorted(bundled_schemas())).route


def test_variables_are_in_the_readme() -> None:
    """The table names each with its default, and no other."""
    rows = re.findall(
        r"^\| `(maaza_\w+)` \| (.*?) \|", (ROOT / "ansible/README.md").read_text("utf-8"), re.MULTILINE
    )
    shown = {name: value.strip("`") for name, value in rows}
    assert shown.keys() == DEFAULTS.keys()
    assert {name: yaml.safe_load(value) if value != "-" else "" for name, value in shown.items()} == DEFAULTS
