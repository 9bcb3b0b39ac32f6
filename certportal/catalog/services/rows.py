"""Writes rows so that they say what a file says, and remembers what that changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


class Action(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    # No longer in the files, but others may point at it: it stays.
    LEFT = "left in place"


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one row; `fields` names what an update touched."""

    action: Action
    kind: str
    name: str
    fields: tuple[str, ...] = ()

    @property
    def wrote(self) -> bool:
        return self.action is Action.CREATED or bool(self.fields)

    def __str__(self) -> str:
        what = f" ({', '.join(self.fields)})" if self.fields else ""
        return f"{self.action}: {self.kind} {self.name}{what}"


@dataclass(slots=True)
class Difference:
    """Everything a load did, or would do."""

    _changes: dict[tuple[str, str], Change] = field(default_factory=dict)

    @property
    def changes(self) -> list[Change]:
        return list(self._changes.values())

    def counts(self) -> Counter[Action]:
        return Counter(change.action for change in self.changes)

    @property
    def is_empty(self) -> bool:
        """Whether the database said all this already."""
        return not any(change.wrote for change in self.changes)

    def note(self, action: Action, row: models.Model, name: str, *fields: str) -> None:
        """Remember what happened to a row; a later note about the same row adds its fields."""
        kind = str(row._meta.verbose_name_raw)  # noqa: SLF001 - Django's documented API
        known = self._changes.get((kind, name))
        if known is None:
            self._changes[kind, name] = Change(action, kind, name, fields)
        elif action is Action.UPDATED and known.action is not Action.CREATED:
            merged = known.fields + fields
            self._changes[kind, name] = replace(known, action=action, fields=merged)


def write(row: Row, values: Mapping[str, Any], *, name: str, difference: Difference) -> Row:
    """Give the row these values; save it when it is new or that changes something."""
    if row.pk is None:
        for key, value in values.items():
            setattr(row, key, value)
        row.save()
        difference.note(Action.CREATED, row, name)
        return row
    changed = [key for key, value in values.items() if getattr(row, key) != value]
    for key in changed:
        setattr(row, key, values[key])
    if changed:
        row.save(update_fields=changed)
    difference.note(Action.UPDATED if changed else Action.UNCHANGED, row, name, *changed)
    return row


def leave(row: models.Model, *, name: str, difference: Difference) -> None:
    """Keep a row that the files no longer hold; where it has such a mark, it is not current."""
    if getattr(row, "is_current", False):
        row.is_current = False  # type: ignore[attr-defined]
        row.save(update_fields=["is_current"])
        difference.note(Action.LEFT, row, name, "is_current")
    else:
        difference.note(Action.LEFT, row, name)


def replace_links(
    wanted: Sequence[models.Model], present: Sequence[models.Model], *, same: Sequence[str]
) -> bool:
    """Make rows that only tie others together equal to `wanted`, by their fields `same`.

    Nobody points at such rows, so they are replaced together. True when anything changed.
    """
    if _said(wanted, same) == _said(present, same):
        return False
    for row in present:
        row.delete()
    for row in wanted:
        row.save()
    return True


def _said(rows: Sequence[models.Model], fields: Sequence[str]) -> list[list[Any]]:
    return [[getattr(row, name) for name in fields] for row in rows]
