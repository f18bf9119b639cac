"""Values of many kinds, as sensors, daemons and clerks print them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from training.synthesis import words

Json = str | int | float | bool
Drawn = tuple[str, Json]
"""The value as printed, and as JSON."""


@dataclass(frozen=True, slots=True)
class Source:
    """Draws the values of one field, all in one style."""

    type: str
    """JSON type: string, number, integer or boolean."""
    draw: Callable[[Random], Drawn]
    choices: tuple[str, ...] = ()
    """Values of an enum."""
    wide: bool = False
    """A printed value may hold spaces."""
    note: str = ""
    """What a description must tell for the value to be derivable."""
    format: str = ""
    """JSON Schema format that all values satisfy."""


_MONTHS: Final = tuple("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())
_DAYS: Final = tuple("Mon Tue Wed Thu Fri Sat Sun".split())
_HEX: Final = "0123456789abcdef"
_BOOLS: Final = (
    ("true", "false"), ("True", "False"), ("yes", "no"), ("on", "off"), ("enabled", "disabled"), ("1", "0"),
    ("TRUE", "FALSE"), ("ON", "OFF"), ("YES", "NO"), ("Yes", "No"), ("On", "Off"), ("Enabled", "Disabled"), ("ok", "no"),
)  # fmt: skip
_TOLD_BOOLS: Final = (
    ("up", "down"), ("open", "closed"), ("active", "inactive"), ("OK", "FAIL"), ("Y", "N"), ("T", "F"), ("ja", "nein"),
    ("present", "absent"), ("OPEN", "SHUT"), ("oui", "non"), ("running", "stopped"), ("locked", "unlocked"), ("x", "-"),
    ("passed", "failed"), ("connected", "disconnected"), ("alarm", "normal"), ("high", "low"), ("si", "no"),
)  # fmt: skip
_LEVELS: Final = (
    ("debug", "info", "warning", "error", "critical"), ("DEBUG", "INFO", "WARN", "ERROR", "FATAL"),
    ("low", "medium", "high", "critical"), ("info", "notice", "warning", "err", "crit"), ("D", "I", "W", "E"),
    ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR"),
)  # fmt: skip


def hexits(rng: Random, count: int) -> str:
    """Draw hexadecimal digits."""
    return f"{rng.getrandbits(4 * count):0{count}x}"


def moment(rng: Random) -> tuple[int, int, int, int, int, int]:
    """Draw year, month, day, hour, minute, second."""
    r = rng.randrange
    return r(1970, 2036), r(1, 13), r(1, 29), r(24), r(60), r(60)


def _iso(rng: Random, tail: str, sep: str = "T") -> str:
    y, mo, d, h, mi, s = moment(rng)
    return f"{y}-{mo:02}-{d:02}{sep}{h:02}:{mi:02}:{s:02}" + tail.replace(
        "#", f"{rng.randrange(10**6):06}"[: tail.count("#")], 1
    ).replace("#", "")


_TIMES: Final[tuple[tuple[int, str, Callable[[Random], str]], ...]] = (
    (5, "date-time", lambda rng: _iso(rng, "Z")),
    (3, "", lambda rng: _iso(rng, ".######")),
    (4, "", lambda rng: _iso(rng, "")),
    (2, "date-time", lambda rng: _iso(rng, "+02:00")),
    (2, "date-time", lambda rng: _iso(rng, ".###Z")),
    (4, "", lambda rng: _iso(rng, "", " ")),
    (2, "", lambda rng: _iso(rng, ",###", " ")),
    (1, "", lambda rng: _iso(rng, " UTC", " ")),
    (2, "", lambda rng: _written(rng, "{d:02}.{mo:02}.{y} {h:02}:{mi:02}:{s:02}")),
    (2, "", lambda rng: _written(rng, "{mo:02}/{d:02}/{y} {h:02}:{mi:02}")),
    (2, "", lambda rng: _written(rng, "{d:02}/{m}/{y}:{h:02}:{mi:02}:{s:02} +0000")),
    (3, "", lambda rng: _written(rng, "{m} {d:2} {h:02}:{mi:02}:{s:02}")),
    (2, "", lambda rng: _written(rng, "{w} {m} {d:2} {h:02}:{mi:02}:{s:02} {y}")),
    (2, "", lambda rng: str(rng.randrange(10**9, 2 * 10**9))),
    (1, "", lambda rng: f"{rng.randrange(10**9, 2 * 10**9)}.{rng.randrange(1000):03}"),
    (2, "", lambda rng: _written(rng, "{y}{mo:02}{d:02}T{h:02}{mi:02}{s:02}Z")),
    (1, "", lambda rng: _written(rng, "{y}{mo:02}{d:02}{h:02}{mi:02}{s:02}")),
    (1, "", lambda rng: _written(rng, "{y}/{mo:02}/{d:02} {h:02}:{mi:02}:{s:02}")),
    (1, "", lambda rng: _written(rng, "{d}-{m}-{y} {h:02}:{mi:02}")),
    (1, "", lambda rng: _written(rng, "{w}, {d:02} {m} {y} {h:02}:{mi:02}:{s:02} GMT")),
)  # fmt: skip


def _written(rng: Random, pattern: str) -> str:
    y, mo, d, h, mi, s = moment(rng)
    return pattern.format(
        y=y, mo=mo, d=d, h=h, mi=mi, s=s, m=_MONTHS[mo - 1], w=rng.choice(_DAYS), yy=y % 100
    )


_DATES: Final = (
    "{y}-{mo:02}-{d:02}", "{y}-{mo:02}-{d:02}", "{d:02}.{mo:02}.{y}", "{mo:02}/{d:02}/{y}", "{d} {m} {y}", "{m} {d}, {y}",
    "{y}/{mo:02}/{d:02}", "{y}{mo:02}{d:02}", "{d:02}-{m}-{yy:02}", "{d:02}{mo:02}{yy:02}",
)  # fmt: skip
_CLOCKS: Final = (
    "{h:02}:{mi:02}:{s:02}",
    "{h:02}:{mi:02}",
    "{h:02}{mi:02}{s:02}",
    "{h}:{mi:02}:{s:02}",
    "{h:02}h{mi:02}",
)
_DURATIONS: Final[tuple[Callable[[Random], str], ...]] = (
    lambda rng: f"{rng.randrange(400)} days, {rng.randrange(24)}:{rng.randrange(60):02}",
    lambda rng: f"{rng.randrange(24)}h{rng.randrange(60):02}m",
    lambda rng: f"{rng.randrange(90)}d {rng.randrange(24)}h {rng.randrange(60)}m",
    lambda rng: f"{rng.randrange(99):02}:{rng.randrange(60):02}:{rng.randrange(60):02}",
    lambda rng: f"{rng.randrange(400)}d{rng.randrange(24):02}h",
    lambda rng: f"{rng.randrange(60)} min {rng.randrange(60)} sec",
    lambda rng: f"PT{rng.randrange(24)}H{rng.randrange(60)}M",
    lambda rng: f"{rng.randrange(60)}m{rng.randrange(60)}s",
)


def _text(draw: Callable[[Random], str], *, wide: bool = False, format_: str = "") -> Source:
    def both(rng: Random) -> Drawn:
        drawn = draw(rng)
        return drawn, drawn

    return Source("string", both, wide=wide, format=format_)


def ip4(rng: Random) -> str:
    """Draw an IPv4 address."""
    if rng.random() < 0.6:
        return f"{rng.choice(('192.168', '10.0', '172.16', '10.12'))}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
    return ".".join(str(rng.randrange(1, 255)) for _ in range(4))


def host(rng: Random) -> str:
    """Draw the name of a machine."""
    name = rng.choice((words.word, words.pseudo))(rng)
    style = rng.random()
    if style < 0.35:
        return f"{name}{rng.choice(('-', '', '-'))}{rng.randrange(1, 99):02}"
    if style < 0.65:
        return f"{name}.{words.word(rng)}.{rng.choice(('com', 'net', 'local', 'org', 'lan', 'example.com', 'de'))}"
    return f"{name}-{words.word(rng)}" if style < 0.85 else name


def code(rng: Random) -> str:
    """Draw an order number, equipment tag or the like."""
    letters = "".join(rng.choice("ABCDEFGHKLMNPRSTUVWXZ") for _ in range(rng.randint(1, 4)))
    digits = f"{rng.randrange(10 ** rng.randint(1, 6)):0{rng.randint(1, 6)}}"
    style = rng.random()
    if style < 0.4:
        return f"{letters}-{digits}"
    if style < 0.55:
        return letters + digits
    if style < 0.65:
        return f"{letters}_{digits}"
    if style < 0.75:
        return f"{letters}.{digits}/{rng.randrange(99)}"
    if style < 0.85:
        return f"{letters}-{rng.randrange(2000, 2030)}-{digits}"
    return f"{digits}-{letters}" if style < 0.92 else f"{letters} {digits}"


def token(rng: Random) -> str:
    """Draw an opaque word of letters and digits."""
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    style = rng.random()
    if style < 0.35:
        return "".join(rng.choices(alphabet, k=rng.randint(6, 20)))
    if style < 0.6:
        return f"{words.word(rng)}-{rng.randrange(1000)}"
    return f"{words.word(rng)}_{words.word(rng)}" if style < 0.8 else hexits(rng, rng.choice((6, 8, 12)))


def mac(rng: Random, sep: str = ":", *, upper: bool = False) -> str:
    """Draw a MAC address."""
    digits = hexits(rng, 12)
    text = sep.join(digits[i : i + 2] for i in range(0, 12, 2))
    return text.upper() if upper else text


def uuid(rng: Random) -> str:
    """Draw a UUID."""
    h = hexits(rng, 32)
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def path(rng: Random) -> str:
    """Draw a file or resource path."""
    parts = [rng.choice(("var", "usr", "etc", "dev", "api", "opt", "home", words.word(rng)))]
    parts += [token(rng) if rng.random() < 0.3 else words.word(rng) for _ in range(rng.randint(0, 3))]
    tail = rng.choice(
        ("", "", "/", ".log", ".conf", ".html", ".json", ".png", "?id=" + str(rng.randrange(999)))
    )
    return "/" + "/".join(parts) + tail


def url(rng: Random) -> str:
    """Draw a URL."""
    return f"{rng.choice(('http', 'https'))}://{rng.choice(('www.', '', 'api.'))}{words.word(rng)}.{rng.choice(('com', 'org', 'net'))}{path(rng) if rng.random() < 0.7 else '/'}"


def email(rng: Random) -> str:
    """Draw a mail address."""
    return f"{rng.choice(words.NAMES).lower()}{rng.choice(('', '.' + words.word(rng), str(rng.randrange(99))))}@{rng.choice(('example', words.word(rng)))}.{rng.choice(('com', 'org', 'net'))}"


def phone(rng: Random) -> str:
    """Draw a telephone number."""
    r = rng.randrange
    return rng.choice((
        f"+1-{r(200, 999)}-{r(200, 999)}-{r(10000):04}", f"({r(200, 999)}) {r(200, 999)}-{r(10000):04}",
        f"{r(2 * 10**9, 10**10)}", f"+49 {r(30, 999)} {r(10**5, 10**8)}", f"{r(200, 999)}.{r(200, 999)}.{r(10000):04}x{r(999)}",
        f"{r(200, 999)}-{r(200, 999)}-{r(10000):04}",
    ))  # fmt: skip


def _agent(rng: Random) -> str:
    r = rng.randrange
    return rng.choice((
        f"{words.pseudo(rng).capitalize()}/{r(1, 90)}.{r(10)} ({words.word(rng)}; {words.word(rng)} {r(10)}_{r(9)})",
        f"{words.word(rng)}/{r(9)}.{r(99)}.{r(9)}", f"{words.pseudo(rng).capitalize()}/{r(9)}.0 (compatible; {words.word(rng)}bot/{r(9)}.{r(9)}; +{url(rng)})",
    ))  # fmt: skip


def _command(rng: Random) -> str:
    return f"{rng.choice(('', '/usr/bin/', './'))}{words.word(rng)} {rng.choice(('-', '--'))}{words.word(rng)} {rng.choice((words.word(rng), path(rng), str(rng.randrange(99))))}"


def _version(rng: Random) -> str:
    r = rng.randrange
    return rng.choice(
        (
            f"{r(9)}.{r(20)}.{r(30)}",
            f"v{r(9)}.{r(20)}",
            f"{r(9)}.{r(20)}",
            f"{r(9)}.{r(9)}.{r(9)}-{rng.choice(('rc1', 'beta', 'b' + str(r(99))))}",
            f"R{r(9)}{chr(65 + r(26))}",
        )
    )


def _bp(rng: Random) -> str:
    return f"{rng.randrange(90, 190)}/{rng.randrange(50, 110)}"


def _ssid(rng: Random) -> str:
    return rng.choice(
        (
            words.phrase(rng, 1, 3),
            f"{words.pseudo(rng).capitalize()}-{rng.randrange(99)}",
            words.pseudo(rng).upper(),
        )
    )


_TEXTS: Final[dict[str, tuple[Callable[[Random], str], bool]]] = {
    "word": (lambda rng: words.word(rng).capitalize() if rng.random() < 0.5 else words.word(rng), False),
    "phrase": (words.phrase, True),
    "title": (lambda rng: words.phrase(rng, 1, 3), True),
    "name": (words.person, True),
    "sentence": (words.sentence, True),
    "prose": (lambda rng: " ".join(words.sentence(rng, 14) for _ in range(rng.randint(1, 4))), True),
    "code": (code, True),
    "token": (token, False),
    "ip4": (ip4, False),
    "ip6": (lambda rng: rng.choice(("fe80::", "2001:db8::")) + ":".join(hexits(rng, 4) for _ in range(rng.randint(1, 4))), False),
    "port": (lambda rng: str(rng.randrange(1, 65536)), False),
    "iface": (lambda rng: rng.choice(("eth", "wlan", "ens", "br", "tun", "ge-0/0/", "ppp", "can", "vlan", words.pseudo(rng, 1))) + str(rng.randrange(40)), False),
    "netmask": (lambda rng: rng.choice(("255.255.255.0", "255.255.0.0", "255.255.255.128", "255.0.0.0")), False),
    "ssid": (_ssid, True),
    "host": (host, False),
    "domain": (lambda rng: f"{words.word(rng)}.{rng.choice(('com', 'org', 'net', 'io', 'se'))}", False),
    "url": (url, False),
    "agent": (_agent, True),
    "path": (path, False),
    "uuid": (uuid, False),
    "user": (lambda rng: rng.choice((words.word(rng), rng.choice(words.NAMES).lower(), f"{words.word(rng)}{rng.randrange(99)}", "root", "admin")), False),
    "program": (lambda rng: rng.choice((words.word(rng), f"{words.word(rng)}d", f"{words.pseudo(rng)}-{words.word(rng)}")), False),
    "command": (_command, True),
    "serial": (lambda rng: rng.choice((code(rng).replace(" ", ""), str(rng.randrange(10**9)), f"{rng.randrange(10**8):010}", hexits(rng, 8).upper())), False),
    "model": (lambda rng: f"{words.pseudo(rng).capitalize()}{rng.choice((' ', '-', ''))}{rng.randrange(9000)}{rng.choice(('', 'X', ' Pro', 'A'))}", True),
    "version": (_version, False),
    "devid": (lambda rng: rng.choice((f"{words.word(rng)}-{rng.randrange(99):02}", f"{words.word(rng).upper()}-{rng.randrange(99):02}", code(rng).replace(" ", ""), hexits(rng, 8), f"{words.word(rng)}_{words.word(rng)}")), False),
    "street": (words.street, True),
    "address": (lambda rng: f"{words.street(rng)}\n{rng.choice(words.NAMES)}, {chr(65 + rng.randrange(26))}{chr(65 + rng.randrange(26))} {rng.randrange(10**5):05}", True),
    "city": (lambda rng: rng.choice(("", "", "", "North ", "Port ", "New ", "Bad ")) + rng.choice(words.NAMES) + rng.choice(("", "", "ville", "stad", "ton")), True),
    "zip": (lambda rng: f"{rng.randrange(10**5):05}", False),
    "country": (lambda rng: rng.choice(("Germany", "France", "USA", "Italy", "Canada", "Japan", "Kenya", "DE", "FR", "US", "CH", rng.choice(words.NAMES) + "ia")), False),
    "company": (words.company, True),
    "email": (email, False),
    "phone": (phone, True),
    "bp": (_bp, False),
    "ratio": (lambda rng: f"{rng.randrange(100)}/{rng.randrange(1, 101)}", False),
    "errcode": (lambda rng: rng.choice((f"E{rng.randrange(999)}", f"0x{hexits(rng, 4)}", f"ERR_{words.word(rng).upper()}", f"{words.word(rng).upper()}-{rng.randrange(99)}", str(rng.randrange(9999)))), False),
    "digits": (lambda rng: f"{rng.randrange(10 ** rng.randint(1, 6)):0{rng.randint(1, 6)}}", False),
    "pairword": (lambda rng: f"{words.word(rng)}({words.word(rng)})", False),
    "list": (lambda rng: rng.choice((", ", ",", " "))[:2].join(words.word(rng) for _ in range(rng.randint(2, 4))), True),
    "dotted": (lambda rng: f"{words.word(rng)}.{words.word(rng)}.{words.word(rng)}", False),
}  # fmt: skip


def source(kind: str, rng: Random) -> Source:
    """Fix the style of one field of a kind, such as ``float:0:10:1`` or ``enum:on/off``."""
    name, _, rest = kind.partition(":")
    if name in _TEXTS:
        draw, wide = _TEXTS[name]
        if name == "port" and rng.random() < 0.7:
            return _integer(1, 65535, rng)
        return _text(draw, wide=wide, format_="email" if name == "email" else "")
    return _MAKERS[name](rest, rng)


capitalised: Final = _text(lambda rng: words.word(rng).capitalize())
"""One word with a capital."""
microseconds: Final = _text(lambda rng: _iso(rng, ".######"))
"""Time stamps as Python prints them."""


def _float(rest: str, rng: Random) -> Source:
    low, high, digits = rest.split(":")
    return _number(float(low), float(high), int(digits), rng)


def _number(low: float, high: float, digits: int, rng: Random) -> Source:
    style = rng.random()
    width = digits if rng.random() < 0.5 else rng.randint(0, 4)

    def draw(rng: Random) -> Drawn:
        value = 0.0 if rng.random() < 0.05 else rng.uniform(low, high)
        if style < 0.04:
            printed = f"{value:,.{width}f}"
        elif style < 0.07:
            printed = f"{value:+.{width}f}"
        elif style < 0.09:
            printed = f"{value:.{width}e}"
        elif style < 0.13 and value >= 0:
            printed = f"{value:0{width + 5}.{width}f}"
        elif style < 0.3:
            printed = f"{round(value, width)}" if width else f"{value:.0f}"
        else:
            printed = f"{value:.{width}f}"
        return printed, _read(printed)

    return Source("number", draw)


def _read(printed: str) -> int | float:
    plain = printed.replace(",", "")
    return float(plain) if "." in plain or "e" in plain else int(plain)


def _int(rest: str, rng: Random) -> Source:
    low, high = rest.split(":")
    return _integer(int(low), int(high), rng)


def _integer(low: int, high: int, rng: Random) -> Source:
    style = rng.random()
    pad = rng.randint(2, 9)
    small = rng.random() < 0.5

    def draw(rng: Random) -> Drawn:
        top = min(high, low + 10 ** rng.randint(1, 6)) if small else high
        value = 0 if low <= 0 and rng.random() < 0.1 else rng.randint(low, top)
        if style < 0.04:
            return f"{value:,}", value
        if style < 0.1:
            return f"{value:0{pad}}", value
        return str(value), value

    return Source("integer", draw)


def _bool(_rest: str, rng: Random) -> Source:
    plain = rng.random() < 0.75
    yes, no = rng.choice(_BOOLS if plain else _TOLD_BOOLS)
    if plain and rng.random() < 0.4:
        yes, no = _BOOLS[0]
    if not plain and rng.random() < 0.2:
        words_true, told = no, (no, yes)
    else:
        words_true, told = yes, (yes, no)

    def draw(rng: Random) -> Drawn:
        value = rng.random() < 0.5
        return (told[0] if value else told[1]), value

    note = (
        ""
        if plain
        else rng.choice(
            (
                "true for {0}",
                "true when {0}",
                "{0} means true",
                "{0} = true, {1} = false",
                "true if {0}, false if {1}",
            )
        )
    )
    return Source("boolean", draw, note=note.format(words_true, told[1]))


def _enum(rest: str, rng: Random) -> Source:
    return _choice(tuple(rest.split("/")), rng)


def _choice(values: tuple[str, ...], rng: Random) -> Source:
    style = rng.random()
    count = rng.randint(max(2, len(values) - 2), len(values))
    values = tuple(rng.sample(values, count))
    if style < 0.4:
        return _text(lambda rng: rng.choice(values))
    recase: Callable[[str], str] = str
    if style > 0.85:
        recase = rng.choice((str.upper, str.lower, str.capitalize))
    choices = values
    if style > 0.97 or (style > 0.8 and rng.random() < 0.2):
        codes = _codes(values, rng)
        if codes:
            listed = ", ".join(
                f"{short} {rng.choice(('=', 'is', 'for', '='))} {value}" for short, value in codes.items()
            )
            return Source("string", lambda rng: rng.choice(tuple(codes.items())), choices, note=listed)

    def draw(rng: Random) -> Drawn:
        value = rng.choice(choices)
        return recase(value), value

    return Source("string", draw, choices)


def letters(choices: tuple[str, ...], rng: Random) -> Source:
    """Draw single letters, as an enum or as text."""
    if rng.random() < 0.5:
        return _text(lambda r: r.choice(choices))

    def draw(rng: Random) -> Drawn:
        chosen = rng.choice(choices)
        return chosen, chosen

    return Source("string", draw, choices)


def _codes(values: tuple[str, ...], rng: Random) -> dict[str, str]:
    """Abbreviate every choice to something that is not ambiguous; nothing where that cannot be done."""
    kind = rng.random()
    if kind < 0.4:
        codes = {value[0].upper(): value for value in values}
    elif kind < 0.8:
        codes = {str(number): value for number, value in enumerate(values)}
    else:
        codes = {value[:3].upper(): value for value in values}
    return codes if len(codes) == len(values) else {}


def _level(_rest: str, rng: Random) -> Source:
    return _choice(rng.choice(_LEVELS), rng)


def _anyenum(_rest: str, rng: Random) -> Source:
    values = {
        rng.choice((words.word(rng), f"{words.word(rng)}_{words.word(rng)}"))
        for _ in range(rng.randint(2, 5))
    }
    style = rng.choice((str.lower, str.upper, str.lower, str.capitalize))
    return _choice(tuple(sorted({style(value) for value in values} | {style(words.pseudo(rng, 2))})), rng)


def _time(_rest: str, rng: Random) -> Source:
    draw, format_ = rng.choices([(t[2], t[1]) for t in _TIMES], [t[0] for t in _TIMES])[0]
    return _text(draw, wide=" " in draw(rng), format_=format_)


def _date(_rest: str, rng: Random) -> Source:
    pattern = rng.choice(_DATES)
    return _text(
        lambda rng: _written(rng, pattern),
        wide=" " in pattern,
        format_="date" if pattern == _DATES[0] else "",
    )


def _clock(_rest: str, rng: Random) -> Source:
    pattern = rng.choice(_CLOCKS)
    return _text(lambda rng: _written(rng, pattern))


def _dur(_rest: str, rng: Random) -> Source:
    draw = rng.choice(_DURATIONS)
    return _text(draw, wide=" " in draw(rng))


def _hex(rest: str, rng: Random) -> Source:
    prefix, upper, width = rng.choice(("", "", "0x")), rng.random() < 0.5, int(rest)
    return _text(lambda rng: prefix + (hexits(rng, width).upper() if upper else hexits(rng, width)))


def _mac(_rest: str, rng: Random) -> Source:
    sep, upper = rng.choice((":", ":", ":", "-")), rng.random() < 0.4
    return _text(lambda rng: mac(rng, sep, upper=upper))


def _money(_rest: str, rng: Random) -> Source:
    high = 10 ** rng.randint(1, 5)
    return _number(0.5, high, 2, rng)


_MAKERS: Final[dict[str, Callable[[str, Random], Source]]] = {
    "float": _float, "int": _int, "bool": _bool, "enum": _enum, "level": _level, "anyenum": _anyenum, "time": _time,
    "date": _date, "clock": _clock, "dur": _dur, "hex": _hex, "mac": _mac, "money": _money,
}  # fmt: skip

ARBITRARY: Final = (
    ("word", 7), ("phrase", 3), ("name", 3), ("sentence", 3), ("code", 4), ("token", 3), ("devid", 3), ("digits", 2),
    ("float:0:1000:2", 9), ("float:-100:100:1", 4), ("float:0:1:4", 2), ("int:0:100", 7), ("int:0:1000000", 5),
    ("int:-50:50", 2), ("bool", 6), ("anyenum", 6), ("time", 4), ("date", 3), ("clock", 2), ("dur", 2), ("hex:4", 1),
    ("hex:8", 2), ("version", 2), ("path", 2), ("uuid", 2), ("ratio", 1), ("level", 1), ("ip4", 1), ("mac", 1), ("host", 1),
    ("list", 1), ("dotted", 1), ("pairword", 1), ("money", 1), ("email", 1), ("model", 1), ("title", 1),
)  # fmt: skip
"""Kinds and weights for a field whose name says nothing of its kind."""
