"""Which column is read as which field: proposed by the preset, overridden by people, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.domain.imports.errors import (
    DuplicateColumns,
    InvalidMapping,
    MissingColumns,
    UnknownColumns,
)
from app.domain.imports.fields import Field, header_key, tells_reasons
from app.domain.imports.numbers import DecimalMark
from app.domain.imports.plan import Options, Plan, Wishes
from app.domain.imports.presets.base import Preset
from app.domain.imports.presets.registry import preset_named, preset_of
from app.domain.imports.records import FileFormat


def make_plan(file: FileFormat, wishes: Wishes, options: Options) -> Plan:
    """Return the plan for a file, its decimal mark still to be found when none is wished for.

    Raises `InvalidMapping`, `DuplicateColumns`, `MissingColumns`, and for a strict import
    `UnknownColumns`.
    """
    preset = _preset(file, wishes)
    proposed = preset.propose(file.header, currency=options.currency)
    chosen = _override(proposed, file.header, wishes.mapping, preset)
    _refuse_twice(chosen, file.header, preset.fields)
    missing = preset.missing(frozenset(chosen.values()), mode=options.mode)
    if missing:
        known = {name: list(preset.known_as(name, currency=options.currency)) for name in missing}
        raise _missing(known, file.header)
    plan = Plan(
        format=file,
        preset=preset.name,
        mapping=tuple(sorted(chosen.items())),
        decimal=wishes.decimal or DecimalMark.POINT,
        options=options,
        kind=wishes.kind,
    )
    unknown = ignored_columns(plan)
    if options.strict and unknown:
        names = ", ".join(map(repr, unknown))
        raise UnknownColumns(f"Nothing reads {names}.", extra={"columns": list(unknown)})
    return plan


def _preset(file: FileFormat, wishes: Wishes) -> Preset:
    if wishes.preset:
        return preset_named(wishes.preset, kind=wishes.kind)
    return preset_of(file.header, kind=wishes.kind)


def ignored_columns(plan: Plan) -> tuple[str, ...]:
    """Return the headers that nothing reads, in the order of the file."""
    read = {index for index, _ in plan.mapping}
    return tuple(
        title
        for index, title in enumerate(plan.format.header)
        if index not in read and title and not tells_reasons(title)
    )


def _override(
    proposed: dict[int, str],
    header: Sequence[str],
    wished: Mapping[str, str | None],
    preset: Preset,
) -> dict[int, str]:
    """Lay the wishes over the proposal; a field that is wished for leaves its proposed column."""
    places = {title: index for index, title in reversed(list(enumerate(header)))}
    by_key = {header_key(title): places[title] for title in reversed(header)}
    explicit: dict[int, str] = {}
    dropped: set[int] = set()
    for title, name in wished.items():
        index = places.get(title, by_key.get(header_key(title)))
        if index is None:
            raise InvalidMapping(
                f"The file has no column {title!r}.", extra={"columns": list(header)}
            )
        if name is None:
            dropped.add(index)
        elif preset.is_field(name):
            explicit[index] = name
        else:
            fields = list(preset.fields)
            raise InvalidMapping(f"There is no field {name!r}.", extra={"fields": fields})
    taken = {name for name in explicit.values() if not _is_many(name, preset.fields)}
    kept = {
        index: name
        for index, name in proposed.items()
        if index not in dropped and name not in taken
    }
    return kept | explicit


def _refuse_twice(
    chosen: Mapping[int, str], header: Sequence[str], known: Mapping[str, Field]
) -> None:
    fields: dict[str, int] = {}
    for index, name in sorted(chosen.items()):
        if name in fields and not _is_many(name, known):
            titles = [header[fields[name]], header[index]]
            raise DuplicateColumns(
                f"The columns {titles[0]!r} and {titles[1]!r} would both be read as {name}.",
                extra={"columns": titles, "field": name},
            )
        fields.setdefault(name, index)
    if "active" in fields and "discontinued" in fields:
        titles = [header[fields["active"]], header[fields["discontinued"]]]
        raise DuplicateColumns(
            f"The columns {titles[0]!r} and {titles[1]!r} would both say whether it is active.",
            extra={"columns": titles, "field": "active"},
        )


def _is_many(name: str, known: Mapping[str, Field]) -> bool:
    return name in known and known[name].many


def _missing(expected: Mapping[str, list[str]], header: Sequence[str]) -> MissingColumns:
    names = "; ".join(f"{name} (known as {', '.join(known)})" for name, known in expected.items())
    return MissingColumns(
        f"The header has no column for {names}.",
        extra={"missing": list(expected), "expected": dict(expected), "header": list(header)},
    )
