"""Ten kinds of devices: how each prints a message, and how it does so with its next firmware.

Formats of these kinds are common; none of them is taken from an example of the schemas. The flag of each
function: with its next firmware.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Final

from eval.printed import Field, Line, Shape, address, flag, line, moment, number, one_of, same


def _climate(random: Random, device: str, drifted: bool) -> Line:  # noqa: FBT001 - as Draw has it
    temperature, humidity = number(random, -12, 38, 1), number(random, 15, 99, 1)
    pressure, battery = number(random, 975, 1040, 1), number(random, 2.4, 3.3, 2)
    if drifted:
        return line(
            "", ", ", "",
            ("sensor_id", "sensor ", same(device), ""), ("temperature_c", "temperature ", temperature, " C"),
            ("humidity_pct", "humidity ", humidity, " %"), ("battery_v", "battery ", battery, " V"),
        )  # fmt: skip
    return line(
        "", " ", "",
        ("sensor_id", "sensor=", same(device), ""), ("temperature_c", "temp=", temperature, ""),
        ("humidity_pct", "hum=", humidity, ""), ("pressure_hpa", "press=", pressure, ""),
    )  # fmt: skip


def _energy(random: Random, device: str, drifted: bool) -> Line:  # noqa: FBT001
    energy, power = number(random, 120, 48_000, 3), number(random, 15, 7_200)
    voltage, current = number(random, 221, 241, 1), number(random, 0.1, 31, 2)
    if drifted:
        return line(
            "", ";", "",
            ("meter_id", "meter=", same(device), ""), ("energy_kwh", "energy_kwh=", energy, ""),
            ("power_w", "power_w=", power, ""), ("voltage_v", "voltage_v=", voltage, ""),
            ("current_a", "current_a=", current, ""),
        )  # fmt: skip
    return line(
        "", " ", "",
        ("meter_id", "meter ", same(device), ""), ("energy_kwh", "energy ", energy, " kWh"),
        ("power_w", "power ", power, " W"), ("voltage_v", "voltage ", voltage, " V"),
    )  # fmt: skip


def _tracker(random: Random, device: str, drifted: bool) -> Line:  # noqa: FBT001
    latitude, longitude = number(random, -60, 70, 5), number(random, -170, 170, 5)
    altitude, speed = number(random, 1, 2_400), number(random, 0, 129, 1)
    satellites = number(random, 4, 19)
    if drifted:
        return line(
            '{"', ',"', "}",
            ("device_id", 'device":"', same(device), '"'), ("latitude", 'latitude":', latitude, ""),
            ("longitude", 'longitude":', longitude, ""), ("speed_kmh", 'speed":', speed, ""),
            ("satellites", 'satellites":', satellites, ""),
        )  # fmt: skip
    return line(
        "", ";", "",
        ("device_id", "device:", same(device), ""), ("latitude", "lat:", latitude, ""),
        ("longitude", "lon:", longitude, ""), ("altitude_m", "alt:", altitude, ""),
        ("speed_kmh", "speed:", speed, ""), ("satellites", "sats:", satellites, ""),
    )  # fmt: skip


def _water(random: Random, device: str, drifted: bool) -> Line:  # noqa: FBT001
    volume, flow = number(random, 3, 2_900, 3), number(random, 0, 1_400)
    temperature, leak = number(random, 5, 24, 1), flag(random, 0.2)
    if drifted:
        return line(
            "", "\n", "\n",
            ("meter_id", "Water meter: ", same(device), ""), ("volume_m3", "Volume: ", volume, " m3"),
            ("leak", "Leak: ", leak, ""),
        )  # fmt: skip
    return line(
        "", "\n", "\n",
        ("meter_id", "Meter: ", same(device), ""), ("volume_m3", "Volume: ", volume, " m³"),
        ("flow_l_h", "Flow: ", flow, " l/h"), ("water_temperature_c", "Temperature: ", temperature, " °C"),
        ("leak", "Leak: ", leak, ""),
    )  # fmt: skip


def _tank(random: Random, device: str, drifted: bool) -> Line:  # noqa: FBT001
    product = one_of(random, "diesel", "rapeseed oil", "rain water", "AdBlue", "heating oil")
    level, volume = number(random, 1, 99, 1), number(random, 40, 9_800)
    if drifted:
        return line(
            "", " | ", "",
            ("tank", "tank ", same(device), ""), ("product", "product ", product, ""),
            ("level_pct", "level ", level, " %"), ("volume_l", "volume ", volume, " l"),
        )  # fmt: skip
    return line(
        '{"', ', "', "}",
        ("tank", 'tank": "', same(device), '"'), ("product", 'product": "', product, '"'),
        ("level_pct", 'level_pct": ', level, ""), ("volume_l", 'volume_l": ', volume, ""),
    )  # fmt: skip


def _door(random: Random, device: str, drifted: bool) -> Line:  # noqa: FBT001
    stamp, event = moment(random), one_of(random, "opened", "closed", "locked", "unlocked", "forced")
    user = one_of(random, "m.ito", "j.ruiz", "k.lindt", "a.novak", "s.okafor", "t.berg")
    if drifted:
        return line(
            "", " ", "",
            ("time", "", stamp, ""), ("door", "door=", same(device), ""), ("event", "event=", event, ""),
            ("user", "user=", user, ""),
        )  # fmt: skip
    return line(
        "", " ", "",
        ("time", "", stamp, ""), ("door", "door ", same(device), ""), ("event", "", event, ""),
        ("user", "by ", user, ""),
    )  # fmt: skip


def _machine(random: Random, device: str, drifted: bool) -> Line:  # noqa: FBT001
    temperature, vibration = number(random, 18, 96, 1), number(random, 0.1, 11, 2)
    speed, state = number(random, 200, 3_600), one_of(random, "RUNNING", "IDLE", "STOPPED", "WARMUP")
    fault = same(f"E{random.randrange(100, 999)}") if flag(random, 0.3)[1] else None
    ending: Field | None = ("fault_code", "fault ", fault, "") if fault else None
    if drifted:
        return line(
            "", ", ", "",
            ("machine_id", "machine ", same(device), ""), ("state", "state ", state, ""),
            ("speed_rpm", "speed ", speed, " rpm"), ("temperature_c", "temperature ", temperature, " °C"),
        )  # fmt: skip
    return line(
        "", " ", "",
        ("machine_id", "", same(device), ""), ("temperature_c", "temp ", temperature, "C"),
        ("vibration_mm_s", "vib ", vibration, " mm/s"), ("speed_rpm", "speed ", speed, " rpm"),
        ("state", "state ", state, ""), ending,
    )  # fmt: skip


def _health(random: Random, device: str, drifted: bool) -> Line:  # noqa: FBT001
    online, battery = flag(random, 0.8), number(random, 1, 100)
    signal, uptime = number(random, -104, -38), number(random, 60, 9_000_000)
    firmware = same(f"{random.randrange(1, 5)}.{random.randrange(10)}.{random.randrange(20)}")
    if drifted:
        return line(
            "", " ", "",
            ("device_id", "device=", same(device), ""), ("online", "online=", online, ""),
            ("battery_pct", "battery=", battery, ""), ("rssi_dbm", "rssi=", signal, ""),
            ("firmware", "firmware=", firmware, ""),
        )  # fmt: skip
    return line(
        "", ", ", "",
        ("device_id", "device ", same(device), ""), ("online", "online ", online, ""),
        ("battery_pct", "battery ", battery, " %"), ("rssi_dbm", "rssi ", signal, " dBm"),
        ("uptime_s", "uptime ", uptime, " s"), ("firmware", "firmware ", firmware, ""),
    )  # fmt: skip


def _firewall(random: Random, device: str, drifted: bool) -> Line:  # noqa: FBT001
    action = one_of(random, "allowed", "denied", "dropped", "blocked")
    protocol, interface = one_of(random, "tcp", "udp"), one_of(random, "wan0", "wan1", "lan2")
    source, target = address(random, "203.0"), address(random, "10.20")
    source_port, target_port = number(random, 1_025, 65_000), number(random, 22, 9_000)
    if drifted:
        return line(
            "", " ", "",
            ("device", "device=", same(device), ""), ("action", "action=", action, ""),
            ("protocol", "proto=", protocol, ""), ("source.ip", "src=", source, ""),
            ("source.port", "spt=", source_port, ""), ("destination.ip", "dst=", target, ""),
            ("destination.port", "dpt=", target_port, ""),
        )  # fmt: skip
    return line(
        "", "", "",
        ("device", "", same(device), " "), ("action", "", action, " "), ("protocol", "", protocol, " "),
        ("source.ip", "", source, ":"), ("source.port", "", source_port, " -> "),
        ("destination.ip", "", target, ":"), ("destination.port", "", target_port, ""),
        ("interface", " on ", interface, ""),
    )  # fmt: skip


def _weather(random: Random, device: str, drifted: bool) -> Line:  # noqa: FBT001
    temperature, humidity = number(random, -18, 36, 1), number(random, 11, 100)
    wind, direction = number(random, 0, 24, 1), number(random, 0, 359)
    rain = number(random, 0, 12, 1)
    if drifted:
        return line(
            "", " ", "",
            ("station", "station=", same(device), ""), ("temperature_c", "temp=", temperature, ""),
            ("humidity_pct", "hum=", humidity, ""), ("wind_speed_ms", "wind=", wind, ""),
            ("rain_mm", "rain=", rain, ""),
        )  # fmt: skip
    return line(
        "", "\n", "\n",
        ("station", "Station:      ", same(device), ""),
        ("temperature_c", "Temperature:  ", temperature, " °C"),
        ("humidity_pct", "Humidity:     ", humidity, " %"),
        ("wind_speed_ms", "Wind speed:   ", wind, " m/s"),
        ("wind_direction_deg", "Direction:    ", direction, " deg"),
        ("rain_mm", "Rain:         ", rain, " mm"),
    )  # fmt: skip


SHAPES: Final = (
    Shape("climate", "env_sensor", ("attic-2", "cellar-1", "barn-14"), _climate),
    Shape("energy", "energy_meter", ("1EMH00487211", "1EMH00487398", "1EMH00510044"), _energy),
    Shape("tracker", "gps_fix", ("van-3", "van-11", "trailer-7", "boat-1"), _tracker),
    Shape("water", "water_meter", ("flat-2-cold", "flat-9-hot", "garden-1"), _water),
    Shape("tank", "tank_level", ("north", "yard", "T4"), _tank),
    Shape("door", "door_event", ("garage", "loading-bay", "gate-2"), _door),
    Shape("machine", "machine_state", ("PUMP-07", "FAN-12", "MIXER-3"), _machine),
    Shape("health", "device_health", ("lock-front", "cam-yard", "valve-9"), _health),
    Shape("firewall", "network_event", ("edge-gw", "core-fw"), _firewall),
    Shape("weather", "weather_station", ("Harbour East", "Ridge", "Airfield"), _weather),
)
"""Ten kinds of devices."""
BY_NAME: Final[Mapping[str, Shape]] = {shape.name: shape for shape in SHAPES}
