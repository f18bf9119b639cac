"""What a machine says of itself, from copies of the files that a Raspberry Pi and others have."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.metrics import catalogue
from agent.metrics.instruments import Metric, Value
from agent.metrics.machine import Machine


def write(root: Path, files: dict[str, str]) -> Machine:
    """Lay files below a root."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Machine(root)


def values(machine: Machine, metric: Metric, *pids: int) -> dict[tuple[str, ...], Value]:
    """Return the values of one metric; none where it was not read."""
    return dict(next((found for known, found in machine.read(pids or (1,)) if known is metric), {}))


PI = {
    "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
    "sys/class/thermal/thermal_zone0/temp": "61234\n",
    "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "2400000\n",
    "sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq": "1500000\n",
    "sys/devices/system/cpu/cpufreq/x": "",
    "sys/devices/platform/soc/soc:firmware/get_throttled": "50005\n",
}


def test_raspberry_pi_says_what_slows_it(tmp_path: Path) -> None:
    """Under-voltage and throttling, now and since the start, in words with a remedy."""
    machine = write(tmp_path, PI)
    assert values(machine, catalogue.TEMPERATURE) == {("0:cpu-thermal",): 61.234}
    assert values(machine, catalogue.FREQUENCY) == {("0",): 2.4e9, ("1",): 1.5e9}
    assert values(machine, catalogue.THROTTLING_KNOWN) == {(): 1.0}
    now = {"under_voltage": 1.0, "frequency_capped": 0.0, "throttled": 1.0, "temperature_limit": 0.0}
    assert values(machine, catalogue.THROTTLED) == {(name,): value for name, value in now.items()}
    assert values(machine, catalogue.THROTTLED_EVER) == {(name,): value for name, value in now.items()}
    assert machine.slowed().startswith("slowed by under_voltage, throttled (the supply is too weak")


@pytest.mark.parametrize(
    ("text", "slowed"),
    [("0", ""), ("0x50000", ""), ("8", "temperature_limit"), ("0x1", "under_voltage"), ("none", "")],
)
def test_number_of_the_firmware_is_read(tmp_path: Path, text: str, slowed: str) -> None:
    """Hexadecimal with or without its mark; what was once is not now; nonsense is nothing."""
    machine = write(
        tmp_path, {"sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled": text}
    )
    assert slowed in machine.slowed()
    assert bool(machine.slowed()) == bool(slowed)


def test_machine_that_says_nothing_is_said_so(tmp_path: Path) -> None:
    """No sensor, no frequency, no firmware: one number says that throttling is not known."""
    machine = Machine(tmp_path)
    assert values(machine, catalogue.THROTTLING_KNOWN) == {(): 0.0}
    for metric in (catalogue.TEMPERATURE, catalogue.FREQUENCY, catalogue.THROTTLED, catalogue.THROTTLED_EVER):
        assert values(machine, metric) == {}
    assert machine.slowed() == ""


def test_this_process_is_measured() -> None:
    """Processor time, memory, open files and bytes written are those of the process itself."""
    machine, own = Machine(), os.getpid()
    spent = values(machine, catalogue.CPU, own)[()]
    assert isinstance(spent, float)
    assert 0 < spent <= sum(os.times()[:2]) + 0.1
    memory, files = values(machine, catalogue.MEMORY, own)[()], values(machine, catalogue.FILES, own)[()]
    assert isinstance(memory, float)
    assert memory > 10 << 20
    assert isinstance(files, float)
    assert files >= 3


def test_bytes_written_rise_with_what_is_written(tmp_path: Path) -> None:
    """A megabyte that reaches the disk is counted."""
    machine, own = Machine(), os.getpid()
    before = values(machine, catalogue.WRITTEN, own)
    if not before:
        pytest.skip("this kernel keeps no account of input and output")
    with (tmp_path / "file").open("wb") as file:
        file.write(os.urandom(1 << 20))
        file.flush()
        os.fsync(file.fileno())
    after = values(machine, catalogue.WRITTEN, own)
    assert isinstance(after[()], float)
    assert isinstance(before[()], float)
    if after != before:
        assert after[()] - before[()] >= 1 << 20


def test_child_that_has_ended_is_left_out(tmp_path: Path) -> None:
    """The numbers of the others stand."""
    fields = " ".join(["S", *(["1"] * 10), "250", "50", *(["0"] * 8), "100", *(["0"] * 20)])
    machine = write(
        tmp_path, {"proc/5/stat": f"5 (a (b) c) {fields}", "proc/5/io": "rchar: 1\nwrite_bytes: 77\n"}
    )
    tick, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    assert values(machine, catalogue.CPU, 5, 6) == {(): 300 / tick}
    assert values(machine, catalogue.MEMORY, 5, 6) == {(): 100.0 * page}
    assert values(machine, catalogue.WRITTEN, 5, 6) == {(): 77.0}
