"""Examples with the values that are wanted, to templates: what a person teaches. Pure.

Examples are put together by format, as far as they go together; each template is held against all examples,
and against each one that it has not seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from agent.conversion import Reading, Unconvertible
from agent.json_pointer import below
from agent.message import Json
from agent.schemas import Schema, nodes_at
from agent.templates import align
from agent.templates.align import Column
from agent.templates.compiled import Compiled, Found, Unfit, compiled
from agent.templates.cues import told
from agent.templates.induce import of_columns
from agent.templates.parts import Template, literal_chars
from agent.templates.places import Located, locate, same, speaks
from agent.templates.spread import pointer_of, spread
from agent.templates.tokens import Kind, Token, tokens
from agent.templates.written import identity

MAX_APART = 0.6
"""Share of tokens by which examples of one format may differ."""
MAX_TAUGHT = 24
"""Examples of one format that a template is made of; the others are held against it."""
MAX_LEFT_OUT = 12
"""Examples of a format that are left out in turn."""
MIN_LITERAL = 1
"""Characters that a format must always have: without any it would take all that is of its form."""


@dataclass(frozen=True, slots=True)
class Taught:
    """An example: a raw text, and what is wanted of it."""

    line: int
    """Line of the file, from 1."""
    text: str
    expected: dict[str, Json] | None
    """None: the text must be refused."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Why something could not be learned from some examples."""

    lines: tuple[int, ...]
    cause: str
    remedy: str
    blocks: bool = True
    """False: these texts simply stay with the model; the rest can be learned."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A template with what it was learned from."""

    id: str
    template: Template
    guard: tuple[str, ...]
    """Words that no free text of it may hold: they are labels of other fields."""
    lines: tuple[int, ...]
    """Examples that it was made of."""
    agreed: tuple[int, ...] = ()
    """Examples that it had not seen, and reads as wanted."""
    left_out: tuple[int, int] = (0, 0)
    """Of examples left out in turn: how many the rest reads as wanted, and how many it reads not at all."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned from a file of examples."""

    learned: tuple[Learned, ...]
    contradictions: tuple[Contradiction, ...]
    unlearned: tuple[int, ...]
    """Examples that no template reads; the model has to."""


@dataclass(slots=True)
class _Format:
    """Examples that go together."""

    fixed: tuple[tuple[str, Json], ...]
    members: list[_Student]
    ready: Compiled
    agreed: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Student:
    """An example in tokens."""

    taught: Taught
    located: Located
    tokens: tuple[Token, ...]


def learn(examples: Sequence[Taught], schema: Schema, *, now: float) -> Lesson:
    """Learn from examples; `now`: Unix time by which missing years and dates of timestamps are found."""
    wanted = [one for one in examples if one.expected is not None]
    found = locate([(one.text, one.expected) for one in wanted], schema, now)
    return learn_located(
        examples, dict(zip((one.line for one in wanted), found, strict=True)), schema, now=now
    )


def learn_located(
    examples: Sequence[Taught], located: Mapping[int, Located], schema: Schema, *, now: float
) -> Lesson:
    """Learn from examples of which it is known, by line, where their values stand."""
    teacher = _Teacher(schema, now)
    teacher.refuse_doubles(examples)
    for taught in examples:
        if taught.line in located:
            teacher.take(taught, located[taught.line])
    return teacher.lesson(examples)


@dataclass(slots=True)
class _Teacher:
    schema: Schema
    now: float
    formats: list[_Format] = field(default_factory=list)
    faults: list[Contradiction] = field(default_factory=list)
    waiting: list[_Student] = field(default_factory=list)
    """Examples that need another one beside them to be understood."""
    reasons: dict[int, str] = field(default_factory=dict)

    def refuse_doubles(self, examples: Sequence[Taught]) -> None:
        """Name examples that have one text and want two values."""
        seen: dict[str, Taught] = {}
        for one in examples:
            first = seen.setdefault(one.text, one)
            if not same(first.expected, one.expected):
                remedy = "keep the line that is right"
                self.faults.append(Contradiction((first.line, one.line), "the same text, two values", remedy))

    def take(self, taught: Taught, located: Located) -> None:
        """Add an example to the format that it is of, or begin a new one."""
        if located.lost:
            for pointer, value in located.lost:
                cause = f"{pointer} {value!r} stands nowhere in the text, or only where another field stands"
                remedy = "write it as the text has it, or declare how it is written (x-maaza)"
                self.faults.append(Contradiction((taught.line,), cause, remedy))
            return
        student = _Student(taught, located, spread(taught.text, located.places))
        for one in self.formats:
            if one.fixed == located.fixed and self._reads(one.ready, taught):
                one.agreed.append(taught.line)
                return
        if not self._joins(student) and not self._begins([student]):
            self._begins_with_waiting(student)

    def _joins(self, student: _Student) -> bool:
        costs = [
            (align.cost(align.columns([one.tokens for one in each.members]), student.tokens), index)
            for index, each in enumerate(self.formats)
            if each.fixed == student.located.fixed and len(each.members) < MAX_TAUGHT
        ]
        for cost, index in sorted(costs):
            if cost <= MAX_APART and self._grows(self.formats[index], student):
                return True
        return False

    def _grows(self, one: _Format, student: _Student) -> bool:
        members = [*one.members, student]
        ready = self._ready(members, one.fixed)
        if ready is None:
            return False
        one.members, one.ready = members, ready
        return True

    def _begins(self, students: list[_Student]) -> bool:
        ready = self._ready(students, students[0].located.fixed)
        if ready is None:
            return False
        self.formats.append(_Format(students[0].located.fixed, students, ready))
        return True

    def _begins_with_waiting(self, student: _Student) -> None:
        """Try with those that were not understood alone: two may tell what one does not."""
        self.waiting.append(student)
        alike = [
            one
            for one in self.waiting
            if one.located.fixed == student.located.fixed
            and align.cost(align.columns([one.tokens]), student.tokens) <= MAX_APART
        ]
        if len(alike) > 1 and self._begins(alike):
            self.waiting = [one for one in self.waiting if one not in alike]

    def _ready(self, members: Sequence[_Student], fixed: tuple[tuple[str, Json], ...]) -> Compiled | None:
        """Return the template of some examples where it reads all of them as wanted."""
        try:
            made, guard = of_members(members, fixed, self.schema)
            ready = compiled(made, self.schema, guard)
        except Unfit as error:
            self.reasons[members[-1].taught.line] = str(error)
            return None
        for one in members:
            if not self._reads(ready, one.taught):
                self.reasons[members[-1].taught.line] = "its values are not where other examples have them"
                return None
        return ready

    def _reads(self, ready: Compiled, taught: Taught) -> bool:
        found = ready.match(taught.text)
        return found is not None and self._is_wanted(found, taught)

    def _is_wanted(self, found: Found, taught: Taught) -> bool:
        value = final(found, taught.text, self.schema, self.now)
        return taught.expected is not None and same(value, taught.expected)

    def lesson(self, examples: Sequence[Taught]) -> Lesson:
        """Hold every template against every example, and against each one that it has not seen."""
        # What could not be understood alone may go with what came later.
        self.waiting = [one for one in self.waiting if not self._joins(one)]
        self._refuse_wandering()
        kept = [one for one in self.formats if not self._is_contradicted(one, examples)]
        learned = tuple(one for each in kept if (one := self._learned(each)) is not None)
        known = {line for one in learned for line in (*one.lines, *one.agreed)}
        faulty = {line for fault in self.faults for line in fault.lines}
        for student in self.waiting:
            reason = self.reasons.get(student.taught.line, "")
            if student.taught.line not in faulty:
                remedy = "add an example of the same format in which these values differ"
                self.faults.append(Contradiction((student.taught.line,), reason, remedy, blocks=False))
        missing = tuple(one.line for one in examples if one.expected is not None and one.line not in known)
        return Lesson(learned, tuple(self.faults), missing)

    def _refuse_wandering(self) -> None:
        """Name examples that are alike but for their numbers, and have a field at two places."""
        seen: dict[tuple[str, ...], list[_Student]] = {}
        for one in (member for each in self.formats for member in each.members):
            seen.setdefault(_skeleton(one.taught.text), []).append(one)
        for first, *others in seen.values():
            before = _stations(first)
            for other in others:
                now = _stations(other)
                moved = sorted(name for name in before.keys() & now.keys() if before[name] != now[name])
                if moved:
                    cause = f"{', '.join(moved)} comes from two places of texts that are alike"
                    lines = (first.taught.line, other.taught.line)
                    self.faults.append(Contradiction(lines, cause, "correct the line that is wrong"))

    def _is_contradicted(self, one: _Format, examples: Sequence[Taught]) -> bool:
        """Tell, and say, whether a template reads an example as something else than is wanted."""
        lines = tuple(member.taught.line for member in one.members)
        wrong = []
        for taught in examples:
            found = one.ready.match(taught.text)
            if found is not None and not self._is_wanted(found, taught):
                wrong.append((taught.line, found))
        for line, found in wrong:
            pointers = ", ".join(leaf.pointer for leaf in found.leaves)
            cause = (
                f"line {line} wants something else than the format of line {lines[0]} gives for {pointers}"
            )
            remedy = f"correct line {line}, or the lines of that format: {', '.join(map(str, lines))}"
            self.faults.append(Contradiction((*lines, line), cause, remedy))
        return bool(wrong)

    def _learned(self, one: _Format) -> Learned | None:
        right = unread = 0
        for index, member in enumerate(one.members[:MAX_LEFT_OUT] if len(one.members) > 1 else ()):
            rest = [other for number, other in enumerate(one.members) if number != index]
            ready = self._ready(rest, one.fixed)
            found = ready.match(member.taught.text) if ready else None
            if found is None:
                unread += 1
            elif self._is_wanted(found, member.taught):
                right += 1
            else:
                lines = tuple(other.taught.line for other in rest)
                cause = f"without line {member.taught.line} the others of its format read it differently"
                remedy = "correct that line, or add examples in which the values differ"
                self.faults.append(Contradiction((*lines, member.taught.line), cause, remedy))
                return None
        template = one.ready.template
        return Learned(
            identity(template, self.schema.fingerprint),
            template,
            tuple(sorted(one.ready.guard)),
            tuple(member.taught.line for member in one.members),
            tuple(one.agreed),
            (right, unread),
        )


def _skeleton(text: str) -> tuple[str, ...]:
    """Return a text without what its numbers say."""
    numbers = {Kind.NUMBER, Kind.MOMENT}
    return tuple(one.kind.name if one.kind in numbers else one.text for one in tokens(text))


def _stations(one: _Student) -> dict[str, int]:
    """Return by field the number of the token at which it begins."""
    starts = {token.start: at for at, token in enumerate(tokens(one.taught.text))}
    return {pointer_of(place.path): starts.get(place.start, -1) for place in one.located.places}


def of_members(
    members: Sequence[_Student], fixed: tuple[tuple[str, Json], ...], schema: Schema
) -> tuple[Template, tuple[str, ...]]:
    """Return the template of examples of one format, and its guarded words.

    Raises:
        Unfit: there is no telling which is which.
    """
    columns = align.columns([one.tokens for one in members])
    while columns and columns[-1].kind in {Kind.BLANK, Kind.LINE} and not _is_kept(columns[-1]):
        columns.pop()
    _refuse_ambiguous(columns, members)
    columns = told(columns, [one.located.cued for one in members])
    made, guard = of_columns(columns, schema)
    if literal_chars(made.parts) < MIN_LITERAL:
        raise Unfit("it has no character that is always the same")
    return replace(made, fixed=fixed), guard


def _is_kept(last: Column) -> bool:
    """Tell whether the end of a line belongs to the format: a text without it was cut off then."""
    return last.kind is Kind.LINE and last.is_whole and len(last.texts) == 1


def _refuse_ambiguous(columns: Sequence[Column], members: Sequence[_Student]) -> None:
    """Refuse a field that might as well come from another place, in all examples that have it."""
    starts = [
        {token.start: number for number, column in enumerate(columns) if (token := column.tokens[index])}
        for index in range(len(members))
    ]
    pointers = {place_pointer for one in members for place_pointer, _spans in one.located.others}
    for pointer in sorted(pointers):
        ways: set[int] | None = None
        for one, known in zip(members, starts, strict=True):
            spans = dict(one.located.others).get(pointer)
            if spans is not None:
                mine = {known[start] for start, _end in spans if start in known}
                ways = mine if ways is None else ways & mine
        if ways and not all(_is_labelled(one, pointer, columns, ways) for one in members):
            value = next(token.text for token in (columns[min(ways)].present))
            raise Unfit(
                f"{pointer} may as well come from another place: {value!r} stands there in each example"
            )


def _is_labelled(one: _Student, pointer: str, columns: Sequence[Column], ways: set[int]) -> bool:
    """Tell whether words beside the chosen place say that it is meant."""
    rivals = [token.start for number in ways for token in columns[number].tokens if token is not None]
    return speaks(one.taught.text, pointer, one.located, rivals)


def final(found: Found, text: str, schema: Schema, now: float) -> Json:
    """Return a value with what the schema declares converted; None where that cannot be done."""
    if not schema.converts:
        return found.value
    changed: dict[str, Json] = {}
    for leaf in found.leaves:
        declared = next(
            (node.conversion for node in nodes_at(leaf.pointer, schema.root) if node.conversion is not None),
            None,
        )
        if declared is not None:
            try:
                changed[leaf.pointer] = declared.apply(Reading(text, leaf.start, leaf.end, now)).value
            except Unconvertible:
                return None
    return _with(found.value, changed, "")


def _with(value: Json, changed: dict[str, Json], pointer: str) -> Json:
    if isinstance(value, dict):
        return {key: _with(one, changed, below(pointer, key)) for key, one in value.items()}
    if isinstance(value, list):
        return [_with(one, changed, below(pointer, index)) for index, one in enumerate(value)]
    return changed.get(pointer, value)
