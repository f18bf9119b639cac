"""Broken configurations and what is said about each: file, line, key, remedy. None touches data."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent import app
from agent.cli import main
from agent.cli.failure import MISCONFIGURED
from agent.metrics import prometheus

MAIN, DROP_IN = "maaza.toml", "conf.d/50-site.toml"
HEAD = 'node = "n"\n[buffer]\npath = "{folder}/data/maaza.db"\n'
ROUTE = '[[route]]\nfilter = "plant/+/raw"\nschemas = ["env_sensor"]\n'
"""Line 4 is the first behind HEAD; ROUTE has three."""
TEXTS = {
    "schemas/bad.schema.json": '{"type": "object"',
    "empty": "",
    "there.pem": "x",
    "no.text": "\xff",
    "model/manifest.json": "{}",
}
"""Files that are there for settings to name."""


@dataclass(frozen=True)
class Broken:
    """A configuration with one fault."""

    name: str
    text: str
    """What stands behind HEAD in the main file; None: no file."""
    line: int
    key: str
    cause: str
    remedy: str
    file: str = MAIN
    drop_in: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    whole: str = ""
    """The whole main file, where it is not HEAD and text."""


CASES = (
    Broken("no equals sign", ROUTE + "[input]\nhost\n", 8, "host", "no TOML", "write key = value"),
    Broken("text without quotes", ROUTE + "[input]\nhost = broker\n", 8, "host", "no TOML", "in quotes"),
    Broken("a colon", ROUTE + "[log]\nlevel: 'info'\n", 8, "level", "no TOML", "a colon is YAML"),
    Broken("backslash", ROUTE + '[tier]\nmodel = "C:\\models"\n', 8, "model", "no TOML", "'single quotes'"),
    Broken("key twice", ROUTE + "[log]\nlevel='info'\nlevel='debug'\n", 9, "level", "overwrite", "keep one"),
    Broken("table twice", ROUTE + "[log]\n[log]\n", 8, "log", "twice", "keep one"),
    Broken("open list", '[[route]]\nfilter = "a"\nschemas = ["env_sensor"\n', 6, "schemas", "TOML", "[ ]"),
    Broken("unknown key", ROUTE + "[input]\nprot = 1883\n", 8, "input.prot", "unknown key", "'port'"),
    Broken(
        "redaction that never ends",
        ROUTE + "[audit]\nredact = ['id', '(a+)+b']\n",
        8,
        "audit.redact[1]",
        "may never end",
        "one repeat",
    ),
    Broken(
        "redaction of nothing",
        ROUTE + "[audit]\nredact = ['a*']\n",
        8,
        "audit.redact[0]",
        "where nothing stands",
        "needs a character",
    ),
    Broken(
        "redaction half written",
        ROUTE + "[audit]\nredact = ['(']\n",
        8,
        "audit.redact[0]",
        "not a regular",
        "quotes",
    ),
    Broken(
        "name of a field",
        ROUTE + "[audit]\nredact_fields = ['name']\n",
        8,
        "audit.redact_fields[0]",
        "'name'",
        "pointer",
    ),
    Broken(
        "age before today", ROUTE + "[audit]\nkeep_days = -1\n", 8, "audit.keep_days", "-1", "number from 0"
    ),
    Broken("unknown table", ROUTE + "[inptu]\nport = 1\n", 7, "inptu", "unknown key", "'input'"),
    Broken(
        "key of another table",
        ROUTE + "threshold = 0.4\n",
        7,
        "route[0].threshold",
        "unknown key in [[route]]",
        "belongs in [[tier]]",
    ),
    Broken(
        "password in the settings",
        ROUTE + '[input]\npassword = "geheim"\n',
        8,
        "input.password",
        "unknown key",
        "'password_file'",
    ),
    Broken(
        "number in quotes", ROUTE + '[input]\nport = "1883"\n', 8, "input.port", "'1883'", "without quotes"
    ),
    Broken("out of bounds", ROUTE + "[input]\nport = 70000\n", 8, "input.port", "70000", "from 1 to 65535"),
    Broken("not above nought", ROUTE + "[limits]\nstop_s = 0\n", 8, "limits.stop_s", "0", "a number above 0"),
    Broken("wrong choice", ROUTE + '[log]\nlevel = "warn"\n', 8, "log.level", "'warn'", "'warning'"),
    Broken(
        "relative textfile",
        ROUTE + '[metrics]\ntextfile = "maaza.prom"\n',
        8,
        "metrics.textfile",
        "'maaza.prom'",
        "the absolute path of a file that ends in '.prom', or nothing",
    ),
    Broken(
        "more templates than a file holds",
        ROUTE + "[templates]\nmax_count = 5001\n",
        8,
        "templates.max_count",
        "5001",
        "5000",
    ),
    Broken(
        "templates of too few answers",
        ROUTE + "[templates]\nagreeing = 2\n",
        8,
        "templates.agreeing",
        "2",
        "3",
    ),
    Broken(
        "no audit of templates",
        ROUTE + "[templates]\naudit_share = 0\n",
        8,
        "templates.audit_share",
        "0",
        "0.001",
    ),
    Broken(
        "learning in words",
        ROUTE + '[templates]\nlearn = "yes"\n',
        8,
        "templates.learn",
        "'yes'",
        "true or false",
    ),
    Broken(
        "no template at all",
        ROUTE + "[templates]\nmax_learned = 0\n",
        8,
        "templates.max_learned",
        "0",
        "1",
    ),
    Broken(
        "interval of metrics below nought",
        ROUTE + "[metrics]\ninterval_s = -1\n",
        8,
        "metrics.interval_s",
        "-1",
        "a number from 0 to 86400",
    ),
    Broken(
        "log payloads in words",
        ROUTE + '[log]\npayloads = "yes"\n',
        8,
        "log.payloads",
        "'yes'",
        "true or false",
    ),
    Broken("not a boolean", ROUTE + 'ordered = "yes"\n', 7, "route[0].ordered", "'yes'", "true or false"),
    Broken("not a list", ROUTE + 'tiers = "nano"\n', 7, "route[0].tiers", "'nano'", "a list"),
    Broken(
        "address with a login",
        ROUTE + '[input]\nhost = "mqtt://me:geheim@broker"\n',
        8,
        "input.host",
        "mqtt://***@broker",
        "a host name",
    ),
    Broken("host and port in one", ROUTE + "[input]\nhost='b:1883'\n", 8, "input.host", "'b:1883'", "port"),
    Broken(
        "missing filter", '[[route]]\nschemas = ["env_sensor"]\n', 4, "route[0].filter", "missing", "add it"
    ),
    Broken("no route", "", 0, "route", "missing", "[[route]]"),
    Broken(
        "no route in two files", "", 0, "route", "missing", "[[route]]", drop_in="[log]\nlevel = 'info'\n"
    ),
    Broken("a table for a list", "[route]\nfilter = 'a'\n", 4, "route", "not allowed", "headed [[route]]"),
    Broken("empty list", "[[route]]\nfilter='a'\nschemas=[]\n", 6, "route[0].schemas", "is empty", "a list"),
    Broken(
        "unknown schema",
        '[[route]]\nfilter = "a"\nschemas = [\n  "gps_fix",\n  "env_sensr",\n]\n',
        8,
        "route[0].schemas[1]",
        "no schema is called 'env_sensr'",
        "'env_sensor'",
    ),
    Broken("charset", ROUTE + "charset='utf8'\n", 7, "route[0].charset", "'utf8'", "'utf-8'"),
    Broken("no pointer", ROUTE + "text_at='msg'\n", 7, "route[0].text_at", "'msg'", "RFC 6901"),
    Broken("no envelope", ROUTE + "device_at='/d'\n", 7, "route[0].device_at", "no envelope", "text_at ="),
    Broken("bare lines", ROUTE + "records='json-lines'\n", 7, "route[0].records", "needs text_at", "text_at"),
    Broken("join nothing", ROUTE + "[route.join]\n", 7, "route[0].join", "neither start nor more", "start ="),
    Broken("pattern", ROUTE + "[route.join]\nmore='('\n", 8, "route[0].join.more", "not a regular", "quotes"),
    Broken(
        "endless pattern",
        ROUTE + "[route.join]\nstart='(a+)+$'\n",
        8,
        "route[0].join.start",
        "repeat inside a repeat",
        "one repeat",
    ),
    Broken("flood", ROUTE + "[limits]\nrecords=100000\n", 8, "limits.records", "100000", "1 to 10000"),
    Broken("unknown tier", ROUTE + 'tiers = ["nanno"]\n', 7, "route[0].tiers[0]", "no tier", "'nano'"),
    Broken(
        "tier twice", ROUTE + "[[tier]]\nname='a'\n[[tier]]\nname='a'\n", 10, "tier[1].name", "twice", "own"
    ),
    Broken(
        "wrong filter",
        '[[route]]\nfilter = "a/#/b"\nschemas = ["env_sensor"]\n',
        5,
        "route[0].filter",
        "'#' stands only alone and last",
        "plant/+/raw",
    ),
    Broken(
        "half a shared subscription",
        ROUTE + '[[route]]\nfilter = "$share/group"\nschemas = ["env_sensor"]\n',
        8,
        "route[1].filter",
        "$share/<group>/<filter>",
        "plant/+/raw",
    ),
    Broken("no number", ROUTE + "[limits]\nstop_s = inf\n", 8, "limits.stop_s", "inf", "a number above 0"),
    Broken(
        "more than MQTT can say",
        ROUTE + "[input]\nsession_expiry_s = 5000000000\n",
        8,
        "input.session_expiry_s",
        "5000000000",
        "to 4294967295",
    ),
    Broken(
        "level that is not there",
        ROUTE + "device_level = 3\n",
        7,
        "route[0].device_level",
        "no level 3",
        "0 to 2",
    ),
    Broken(
        "reads its own records",
        '[[route]]\nfilter = "maaza/+/data/#"\nschemas = ["env_sensor"]\n',
        5,
        "route[0].filter",
        "would receive the records of route[0]",
        "narrow the filter",
    ),
    Broken(
        "reads another route's records",
        ROUTE + '[[route]]\nfilter = "maaza/n/data/p7"\nschemas = ["env_sensor"]\n',
        8,
        "route[1].filter",
        "would receive the records of route[0]",
        "another base or node",
    ),
    Broken(
        "reads its own dead letters",
        ROUTE + '[[route]]\nfilter = "+/n/rejected/#"\nschemas = ["env_sensor"]\n',
        8,
        "route[1].filter",
        "dead letters",
        "narrow the filter",
    ),
    Broken(
        "same broker by another name",
        '[[route]]\nfilter = "#"\nschemas = ["env_sensor"]\n[output]\nhost = "localhost"\n',
        5,
        "route[0].filter",
        "output topic",
        "narrow the filter",
    ),
    Broken(
        "route that nothing reaches",
        '[[route]]\nfilter = "plant/#"\nschemas = ["gps_fix"]\n' + ROUTE,
        8,
        "route[1].filter",
        "route[0] ('plant/#') takes them all",
        "put it before route[0]",
    ),
    Broken(
        "packets smaller than payloads",
        ROUTE + "[limits]\npacket_bytes = 65536\npayload_bytes = 70000\n",
        8,
        "limits.packet_bytes",
        "70000",
        "raise it",
    ),
    Broken(
        "one client id for both",
        ROUTE + '[input]\nclient_id = "x"\n[output]\nclient_id = "x"\n',
        10,
        "output.client_id",
        "the same as input.client_id",
        "set another one",
    ),
    Broken(
        "user name given twice",
        ROUTE + '[input]\nusername = "u"\nusername_file = "{folder}/there.pem"\n',
        9,
        "input.username_file",
        "given beside input.username",
        "keep one of the two",
    ),
    Broken(
        "credential without a service",
        ROUTE + '[input]\nusername = "u"\npassword_file = "$CREDENTIALS_DIRECTORY/maaza.password"\n',
        9,
        "input.password_file",
        "no credentials were handed over",
        "LoadCredential=maaza.password",
    ),
    Broken(
        "revocations of nobody",
        ROUTE + '[input.tls]\ncrl_file = "{folder}/there.pem"\n',
        8,
        "input.tls.crl_file",
        "given without ca_file",
        "add input.tls.ca_file",
    ),
    Broken(
        "certificate without key",
        ROUTE + '[input.tls]\ncert_file = "{folder}/there.pem"\n',
        8,
        "input.tls.cert_file",
        "without key_file",
        "add input.tls.key_file",
    ),
    Broken(
        "password file missing",
        ROUTE + '[input]\nusername = "u"\npassword_file = "{folder}/none"\n',
        9,
        "input.password_file",
        "there is no file",
        "mode 0400",
    ),
    Broken(
        "password that is no text",
        ROUTE + '[input]\nusername = "u"\npassword_file = "{folder}/no.text"\n',
        9,
        "input.password_file",
        "can't decode",
        "name a text file",
    ),
    Broken(
        "certificates that are none",
        ROUTE + '[output.tls]\nca_file = "{folder}/there.pem"\n',
        7,
        "output.tls",
        "there.pem",
        "PEM files",
    ),
    Broken(
        "control character",
        ROUTE + '[[tier]]\nname = "nano"\nmodel = "a\\u0000b"\n',
        9,
        "tier[0].model",
        "a control character",
        "remove it",
    ),
    Broken(
        "client id without end",
        ROUTE + f'[input]\nclient_id = "{"a" * 2000}"\n',
        8,
        "input.client_id",
        "not allowed",
        "at most 1024 characters",
    ),
    Broken(
        "variable with a number without end",
        ROUTE,
        0,
        "limits.in_flight",
        "not allowed",
        "from 1 to 65000",
        "environment MAAZA__LIMITS__IN_FLIGHT",
        environment={"MAAZA__LIMITS__IN_FLIGHT": "9" * 5000},
    ),
    Broken(
        "password without a username",
        ROUTE + '[input]\npassword_file = "{folder}/there.pem"\n',
        8,
        "input.password_file",
        "without a username",
        "add input.username",
    ),
    Broken(
        "empty authority",
        ROUTE + '[input.tls]\nca_file = "{folder}/empty"\n',
        8,
        "input.tls.ca_file",
        "is empty",
        "PEM file",
    ),
    Broken(
        "folder for a database",
        "",
        2,
        "buffer.path",
        "is a folder",
        "name a file in it",
        whole='[buffer]\npath = "{folder}"\n' + ROUTE,
    ),
    Broken(
        "folder of schemas missing",
        "",
        1,
        "schemas",
        "no such folder",
        "Check the path",
        whole='schemas = "{folder}/none"\n' + HEAD + ROUTE,
    ),
    Broken(
        "schema that is no JSON",
        "",
        1,
        "schemas",
        "bad.schema.json",
        "Correct the file",
        whole='schemas = "{folder}/schemas"\n' + HEAD + ROUTE,
    ),
    Broken(
        "folder without a model",
        ROUTE + '[[tier]]\nname = "nano"\nmodel = "{folder}/none"\n',
        9,
        "tier[0].model",
        "No such file",
        "manifest.json",
    ),
    Broken(
        "model with a wrong manifest",
        ROUTE + '[[tier]]\nname = "nano"\nmodel = "{folder}/model"\n',
        9,
        "tier[0].model",
        "manifest.json",
        "manifest.json",
    ),
    Broken(
        "fault in a drop-in",
        ROUTE,
        3,
        "input.port",
        "0 is not allowed",
        "from 1 to 65535",
        DROP_IN,
        drop_in="# site\n[input]\nport = 0\n",
    ),
    Broken(
        "no TOML in a drop-in",
        ROUTE,
        2,
        "host",
        "no TOML",
        "in quotes",
        DROP_IN,
        drop_in="[input]\nhost = x\n",
    ),
    Broken(
        "unknown variable",
        ROUTE,
        0,
        "input.prot",
        "no setting has this name",
        "'MAAZA__INPUT__PORT'",
        "environment MAAZA__INPUT__PROT",
        environment={"MAAZA__INPUT__PROT": "1"},
    ),
    Broken(
        "wrong value in a variable",
        ROUTE,
        0,
        "input.port",
        "'many'",
        "from 1 to 65535",
        "environment MAAZA__INPUT__PORT",
        environment={"MAAZA__INPUT__PORT": "many"},
    ),
    Broken(
        "variable for a route that is not there",
        ROUTE,
        0,
        "route[4].filter",
        "1 are configured",
        "a number that is there",
        "environment MAAZA__ROUTE__4__FILTER",
        environment={"MAAZA__ROUTE__4__FILTER": "a"},
    ),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with the files that settings name."""
    for name, text in TEXTS.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "latin-1")
    return tmp_path


def write(folder: Path, case: Broken) -> Path:
    """Write a case's files; return the main one."""
    main_file = folder / MAIN
    main_file.write_text((case.whole or HEAD + case.text).replace("{folder}", str(folder)))
    if case.drop_in:
        (folder / DROP_IN).parent.mkdir()
        (folder / DROP_IN).write_text(case.drop_in)
    return main_file


def call(case: Broken, *arguments: str) -> Result:
    """Call the command with a case's environment."""
    return CliRunner().invoke(main, arguments, env=dict(case.environment))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fault_names_file_line_key_and_remedy(folder: Path, case: Broken) -> None:
    """One fault, where it is, why, and what to do; the exit code is that of bad configuration."""
    checked = call(case, "config", "check", "--json", "--config", str(write(folder, case)))
    assert checked.exit_code == MISCONFIGURED
    (fault,) = json.loads(checked.output)["errors"]
    assert fault["file"] == (case.file if case.environment else str(folder / case.file))
    assert (fault.get("line", 0), fault["key"]) == (case.line, case.key)
    assert fault.get("column", 0) > 0 or not case.line
    assert case.cause in fault["why"]
    assert case.remedy in fault["next"]
    assert "geheim" not in checked.output


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_refused_start_touches_nothing(folder: Path, case: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent refuses the same before anything is opened, with the same words for people."""
    path = write(folder, case)
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    monkeypatch.setattr(app, "run", lambda *_arguments, **_options: pytest.fail("it was started"))
    ran = call(case, "run", "--config", str(path))
    assert ran.exit_code == MISCONFIGURED
    assert case.remedy in ran.stderr
    assert f":{case.line}" in ran.stderr or not case.line
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*")} == before


@pytest.mark.parametrize(
    ("line", "key"), [("prometheus = true", "prometheus"), ('textfile = "/x.prom"', "textfile")]
)
def test_missing_extra_is_a_fault_with_its_remedy(
    folder: Path, monkeypatch: pytest.MonkeyPatch, line: str, key: str
) -> None:
    """Metrics that need an optional package are refused before a start without it, and only then."""
    case = Broken("", f"{ROUTE}[metrics]\n{line}\n", 8, f"metrics.{key}", "", "")
    path = write(folder, case)
    assert call(case, "config", "check", "--config", str(path)).exit_code == 0
    monkeypatch.setattr(prometheus, "is_installed", lambda: False)
    checked = call(case, "config", "check", "--json", "--config", str(path))
    assert checked.exit_code == MISCONFIGURED
    (fault,) = json.loads(checked.output)["errors"]
    assert (fault["line"], fault["key"]) == (8, f"metrics.{key}")
    assert "maaza[metrics]" in fault["next"]


def test_table_has_enough_cases() -> None:
    """The table is what an operator can rely on."""
    assert len(CASES) >= 25
    assert len({case.name for case in CASES}) == len(CASES)


def test_all_faults_are_said_at_once_in_the_order_of_the_files(folder: Path) -> None:
    """Main file, drop-in, variable; settings, schemas and named files."""
    case = Broken(
        "many",
        ROUTE + '[input]\nprot = 1\nport = 0\nhost = "a b"\n[input.tls]\nca_file = "/none"\n[log]\nlevel=1\n',
        0,
        "",
        "",
        "",
        drop_in='[buffer]\nsynchronous = "off"\n[[route]]\nfilter = "b"\nschemas = ["env_sensr"]\n',
        environment={"MAAZA__LIMITS__IN_FLIGHT": "0", "MAAZA__LOG__LEVLE": "info"},
    )
    checked = call(case, "config", "check", "--json", "--config", str(write(folder, case)))
    found = [(fault["key"], fault.get("line", 0)) for fault in json.loads(checked.output)["errors"]]
    assert found == [
        ("input.prot", 8),
        ("input.port", 9),
        ("input.host", 10),
        ("input.tls.ca_file", 12),
        ("log.level", 14),
        ("buffer.synchronous", 2),
        ("route[1].schemas[0]", 5),
        ("log.levle", 0),
        ("limits.in_flight", 0),
    ]
