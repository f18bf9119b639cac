"""`maaza models pull` from a server that speaks the hub's protocol, through everything that goes wrong."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gguf_files import TWO_MEGABYTES, write_whole
from hub_server import COMMIT, HubServer
from rig import ROOT, small_disk, wait_until

from agent.cli import main
from agent.clock import SystemClock
from agent.errors import Permanent, Transient
from agent.hub import Hub, Shelf
from agent.hub.download import Download
from agent.hub.remote import RemoteFile
from agent.models import load, verify
from agent.testing import FakeClock

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

LICENCE = ("--licence", "MIT")
TARGET = "owner/repo/sub folder/Tiny-Q8_0.gguf"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Give a model of two megabytes, as bytes."""
    return write_whole(tmp_path_factory.mktemp("gguf") / "tiny.gguf", TWO_MEGABYTES).read_bytes()


@pytest.fixture
def server(content: bytes) -> Iterator[HubServer]:
    """Give a hub that has it."""
    made = HubServer({TARGET: content})
    yield made
    made.close()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test wait between attempts."""
    monkeypatch.setattr(SystemClock, "sleep", lambda _self, _seconds: None)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Give a folder of models."""
    return tmp_path / "models"


def pull(server: HubServer, shelf: Path, *options: str, target: str = TARGET) -> Result:
    """Call the command in this process."""
    arguments = ["models", "pull", target, "--folder", str(shelf), "--endpoint", server.endpoint, *options]
    return CliRunner().invoke(main, arguments)


def pinned(content: bytes) -> tuple[str, ...]:
    """Return the options that pin these bytes."""
    return "--sha256", hashlib.sha256(content).hexdigest(), *LICENCE


def assert_whole(shelf: Path, content: bytes) -> None:
    """Expect the model in its place, verified, and nothing half done beside it."""
    model = load(shelf / "tiny-q8_0")
    verify(model)
    assert model.gguf.read_bytes() == content
    assert not list((shelf / ".downloads").glob("*.part"))
    assert not list((shelf / ".incoming").iterdir())


def parts(shelf: Path) -> list[int]:
    """Return the sizes of downloads under way."""
    return [path.stat().st_size for path in (shelf / ".downloads").glob("*.part")]


def test_pinned_file_comes_to_its_place(server: HubServer, shelf: Path, content: bytes) -> None:
    """Whole, described, readable for the group and nobody else, from the commit that the hub names."""
    result = pull(server, shelf, *pinned(content), "--tier", "small")
    assert result.exit_code == 0, result.output
    assert_whole(shelf, content)
    folder = shelf / "tiny-q8_0"
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o640}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750
    assert load(folder).manifest.tier == "small"
    assert server.asked(f"/resolve/{COMMIT}/")
    assert "maaza models use tiny-q8_0 --tier small" in result.output


def test_second_pull_asks_for_nothing(server: HubServer, shelf: Path, content: bytes) -> None:
    """What is there, whole and pinned, is not fetched again."""
    pull(server, shelf, *pinned(content))
    before = len(server.does.requests)
    result = pull(server, shelf, *pinned(content))
    assert (result.exit_code, len(server.does.requests)) == (0, before)
    assert "there already" in result.output


def test_unknown_hash_is_refused_before_anything_is_asked(server: HubServer, shelf: Path) -> None:
    """The two ways to pin it are named."""
    result = pull(server, shelf)
    assert result.exit_code == 1
    assert "--sha256" in result.output
    assert "--accept" in result.output
    assert server.does.requests == []


def test_accepted_file_is_pinned_and_another_one_is_refused_later(
    server: HubServer, shelf: Path, content: bytes
) -> None:
    """The pin stands in a file; what the hub has instead is named before a byte is paid for."""
    assert pull(server, shelf, "--accept", *LICENCE).exit_code == 0
    text = (shelf / "pins.toml").read_text()
    assert hashlib.sha256(content).hexdigest() in text
    assert COMMIT in text
    server.files[TARGET] = content[:-1] + b"x"
    (shelf / "tiny-q8_0/manifest.json").unlink()
    server.does.requests.clear()
    result = pull(server, shelf)
    assert result.exit_code == 1
    assert "find out why before you pin it anew" in " ".join(result.output.split())
    assert server.asked("") == []


@pytest.mark.parametrize("cuts", [[1_000_000], [0, 10, 1_000_000], [100_000] * 10])
def test_cut_connection_is_gone_on_from(
    server: HubServer, shelf: Path, content: bytes, cuts: list[int]
) -> None:
    """Each answer asks for what is missing, and no byte comes twice."""
    server.does.cuts = list(cuts)
    assert pull(server, shelf, *pinned(content)).exit_code == 0
    assert_whole(shelf, content)
    ranges = [headers.get("Range") for headers in server.asked("/cdn/")]
    offsets = [sum(cuts[:number]) for number in range(1, len(cuts) + 1)]
    assert ranges == [None, *(f"bytes={one}-" if one else None for one in offsets)]


def test_interrupted_pull_is_gone_on_from_by_the_next_call(
    server: HubServer, shelf: Path, content: bytes
) -> None:
    """A process that is killed leaves what has come; the next one begins there."""
    server.does.stalls_after = 1_000_000
    env = os.environ | {"PYTHONPATH": str(ROOT), "HF_ENDPOINT": server.endpoint}
    command = [
        sys.executable,
        "-m",
        "agent",
        "models",
        "pull",
        TARGET,
        "--folder",
        str(shelf),
        *pinned(content),
    ]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: parts(shelf) == [1_000_000], 20, what="half of it has come")
    process.kill()
    process.wait()
    server.does.stalls_after = 0
    server.does.pause.set()
    server.does.requests.clear()
    assert pull(server, shelf, *pinned(content)).exit_code == 0
    assert [headers.get("Range") for headers in server.asked("/cdn/")] == ["bytes=1000000-"]
    assert_whole(shelf, content)


def test_connection_that_brings_nothing_is_given_up_in_words(
    server: HubServer, shelf: Path, content: bytes
) -> None:
    """How much has come is said, and that it is kept; the next call goes on."""
    server.does.cuts = [500_000, *[0] * 10]
    result = pull(server, shelf, *pinned(content))
    assert result.exit_code == 1
    said = " ".join(result.output.split())
    assert f"500,000 of {len(content):,} bytes have come and are kept" in said
    assert "it goes on from there" in said
    assert parts(shelf) == [500_000]
    server.does.cuts = []
    assert pull(server, shelf, *pinned(content)).exit_code == 0
    assert_whole(shelf, content)


def test_server_without_parts_gives_it_whole(server: HubServer, shelf: Path, content: bytes) -> None:
    """What had come is thrown away, and nothing is put together wrongly."""
    server.does.parts = False
    server.does.cuts = [500_000]
    assert pull(server, shelf, *pinned(content)).exit_code == 0
    assert_whole(shelf, content)


def test_server_that_begins_elsewhere_is_not_believed(server: HubServer, shelf: Path, content: bytes) -> None:
    """A part at another byte than was asked for is not put behind what is there."""
    server.does.shifted = True
    server.does.cuts = [500_000]
    result = pull(server, shelf, *pinned(content))
    assert result.exit_code == 0, result.output
    assert_whole(shelf, content)
    assert [headers.get("Range") for headers in server.asked("/cdn/")] == [None, "bytes=500000-", None]


def test_wrong_bytes_are_thrown_away_and_the_next_pull_is_whole(
    server: HubServer, shelf: Path, content: bytes
) -> None:
    """Of the right size, of another hash: nothing of it is kept, nothing comes to its place."""
    server.does.gives = bytes(len(content))
    result = pull(server, shelf, *pinned(content))
    assert result.exit_code == 1
    assert "what came has SHA-256" in result.output
    assert parts(shelf) == []
    assert not (shelf / "tiny-q8_0").exists()
    server.does.gives = None
    assert pull(server, shelf, *pinned(content)).exit_code == 0
    assert_whole(shelf, content)


def test_file_that_is_shorter_than_announced_has_words(
    server: HubServer, shelf: Path, content: bytes
) -> None:
    """Truncated on the server: the two sizes are named."""
    server.does.gives = content[:-100]
    result = pull(server, shelf, *pinned(content))
    assert result.exit_code == 1
    assert f"{len(content) - 100:,} bytes there, and {len(content):,} were announced" in " ".join(
        result.output.split()
    )


def test_pinned_file_that_is_no_whole_model_does_not_take_its_place(
    server: HubServer, shelf: Path, content: bytes
) -> None:
    """Its hash is the right one; llama.cpp says what it lacks."""
    lacking = content.replace(b"blk.1.ffn_up.weight", b"blk.1.ffn_uq.weight", 1)
    server.files[TARGET] = lacking
    result = pull(server, shelf, *pinned(lacking))
    assert result.exit_code == 1
    assert "tensor 'blk.1.ffn_up.weight' not found" in result.output
    assert not (shelf / "tiny-q8_0").exists()


def test_truncated_file_of_a_server_that_says_nothing_is_no_model(
    server: HubServer, shelf: Path, content: bytes
) -> None:
    """Without size and hash the file's own head says that it is cut off, and nothing is pinned."""
    server.does.announces = server.does.lengths = False
    server.does.gives = content[:-100_000]
    result = pull(server, shelf, "--accept", *LICENCE)
    assert result.exit_code == 1
    assert "by its own account" in result.output
    assert not (shelf / "pins.toml").exists()


def test_size_that_was_not_announced_is_learned_on_the_way(
    server: HubServer, shelf: Path, content: bytes
) -> None:
    """A cut is then seen all the same."""
    server.does.announces = False
    server.does.cuts = [1_000_000]
    assert pull(server, shelf, "--accept", *LICENCE).exit_code == 0
    assert_whole(shelf, content)


def test_leftover_that_is_too_long_is_begun_anew(server: HubServer, shelf: Path, content: bytes) -> None:
    """Nothing of it can be right."""
    part = Shelf(shelf).part(TARGET, COMMIT)
    part.write_bytes(bytes(len(content) + 1))
    assert pull(server, shelf, *pinned(content)).exit_code == 0
    assert_whole(shelf, content)


def test_leftovers_of_other_commits_are_thrown_away(server: HubServer, shelf: Path, content: bytes) -> None:
    """Nobody goes on from them any more; those of other files stay."""
    old, other = Shelf(shelf).part(TARGET, "e" * 40), Shelf(shelf).part("owner/repo/Other.gguf", COMMIT)
    for part in (old, other):
        part.write_bytes(b"GGUF")
    assert pull(server, shelf, *pinned(content)).exit_code == 0
    assert list((shelf / ".downloads").glob("*.part")) == [other]


@pytest.fixture
def half(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a file system with room for half of it."""
    with small_disk(tmp_path / "small", "1m") as folder:
        yield folder


def test_disk_without_room_is_said_before_anything_comes(
    server: HubServer, half: Path, content: bytes
) -> None:
    """The hub says how much it will be."""
    result = pull(server, half, *pinned(content))
    assert result.exit_code == 1
    assert "free space" in result.output
    assert server.asked("/cdn/") == []


def test_disk_that_fills_up_under_way_keeps_what_has_come(
    server: HubServer, half: Path, content: bytes
) -> None:
    """In words; with room again it goes on from there."""
    hub = Hub(server.endpoint)
    remote = hub.locate("owner/repo", "sub folder/Tiny-Q8_0.gguf", "main")
    part = half / "x.part"

    def run() -> str:
        return (
            Download(hub, remote, part, clock=FakeClock(), progress=lambda _done, _total: None).run().sha256
        )

    with pytest.raises(Transient, match="No space left on device") as caught:
        run()
    kept = part.stat().st_size
    assert kept > 500_000
    assert f"{kept:,} bytes have come and are kept" in caught.value.cause
    subprocess.run(["mount", "-o", "remount,size=8m", str(half)], check=True)
    server.does.requests.clear()
    assert run() == hashlib.sha256(content).hexdigest()
    assert [headers.get("Range") for headers in server.asked("/cdn/")] == [f"bytes={kept}-"]


def test_two_pulls_of_one_file_take_turns(server: HubServer, shelf: Path, content: bytes) -> None:
    """The second waits, finds it there and fetches nothing."""
    server.does.pause.clear()
    env = os.environ | {"PYTHONPATH": str(ROOT), "HF_ENDPOINT": server.endpoint}
    command = [
        sys.executable,
        "-m",
        "agent",
        "models",
        "pull",
        TARGET,
        "--folder",
        str(shelf),
        *pinned(content),
    ]
    pulls = [subprocess.Popen([*command, "--json"], env=env, stdout=subprocess.PIPE, text=True) for _ in "ab"]
    try:
        wait_until(lambda: len(server.asked("/cdn/")) == 1, 10, what="one asks for the bytes")
        server.does.pause.set()
        changed = sorted(json.loads(one.communicate(timeout=60)[0])["changed"] for one in pulls)
    finally:
        for one in pulls:
            one.kill()
            one.communicate()
    assert changed == [False, True]
    assert len(server.asked("/cdn/")) == 1
    assert_whole(shelf, content)


def test_two_pulls_of_different_files_do_not_wait_for_each_other(
    server: HubServer, shelf: Path, content: bytes
) -> None:
    """Each has its own turn."""
    other = "owner/repo/Other.gguf"
    server.files[other] = content
    with Shelf(shelf).turn(TARGET):
        assert pull(server, shelf, *pinned(content), target=other).exit_code == 0


def test_model_before_is_kept(server: HubServer, shelf: Path, content: bytes) -> None:
    """A newer one takes its place in one step; the one before lies beside, and is not listed."""
    pull(server, shelf, *pinned(content))
    newer = content[:-4] + bytes(4)
    server.files[TARGET] = newer
    assert pull(server, shelf, *pinned(newer)).exit_code == 0
    assert_whole(shelf, newer)
    kept = load(shelf / ".previous/tiny-q8_0")
    assert kept.gguf.read_bytes() == content
    result = CliRunner().invoke(main, ["models", "list", "--folder", str(shelf), "--json"])
    names = [Path(one["folder"]).name for one in json.loads(result.output)["models"]]
    assert names.count("tiny-q8_0") == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "HF_TOKEN"),
        (403, "HF_TOKEN"),
        (404, "compare repository, file and revision"),
        (503, "again later"),
        (429, "again later"),
    ],
)
def test_refusals_of_the_hub_have_a_remedy_each(
    server: HubServer, shelf: Path, content: bytes, status: int, words: str
) -> None:
    """What the hub says, and what to do."""
    server.does.status = status
    result = pull(server, shelf, *pinned(content))
    assert result.exit_code == 1
    assert str(status) in result.output
    assert words in " ".join(result.output.split())


def test_file_that_is_not_there_says_so(server: HubServer, shelf: Path) -> None:
    """The hub's own word."""
    result = pull(server, shelf, "--accept", target="owner/repo/none.gguf")
    assert result.exit_code == 1
    assert "EntryNotFound" in result.output


def test_token_goes_to_the_hub_and_not_to_where_it_leads(
    server: HubServer, shelf: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another host never sees it."""
    monkeypatch.setenv("HF_TOKEN", "secret")
    server.does.token = "secret"  # noqa: S105 - a test's own
    assert pull(server, shelf, *pinned(content)).exit_code == 0
    assert all("Authorization" not in headers for headers in server.asked("/cdn/"))
    assert all(headers["Authorization"] == "Bearer secret" for headers in server.asked("/resolve/"))


def pull_from(endpoint: str, shelf: Path) -> Result:
    """Accept what an endpoint gives."""
    return CliRunner().invoke(
        main, ["models", "pull", TARGET, "--folder", str(shelf), "--endpoint", endpoint, "--accept"]
    )


def test_nobody_there_is_said_in_words(shelf: Path) -> None:
    """And that an import needs no network."""
    result = pull_from("http://127.0.0.1:9", shelf)
    assert result.exit_code == 1
    assert "Connection refused" in result.output
    assert "maaza models import FILE" in result.output


def test_hash_from_an_open_line_is_not_accepted(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sits in between could give any bytes: only a hash from elsewhere counts there."""
    monkeypatch.setattr(Hub, "locate", lambda *_asked: RemoteFile(url="http://hub.invalid/x", commit=COMMIT))
    result = pull_from("http://hub.invalid", shelf)
    assert result.exit_code == 1
    assert "is not secured" in " ".join(result.output.split())


@pytest.mark.parametrize("endpoint", ["file:///etc", "hub", "ftp://hub.invalid"])
def test_endpoint_that_is_no_web_address_is_refused(endpoint: str) -> None:
    """No file of this machine is read by it."""
    with pytest.raises(Permanent, match="no web address"):
        Hub(endpoint)


def test_offline_is_offline(
    server: HubServer, shelf: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The unit sets it; nothing is asked then."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    result = pull(server, shelf, *pinned(content))
    assert result.exit_code == 1
    assert "HF_HUB_OFFLINE" in result.output
    assert server.does.requests == []
