"""Wall time in a zone and the moment that it means, also where clocks are put forward or back."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


class NonexistentTimeError(ValueError):
    """The clocks of the zone skip this time."""

    def __init__(self, wall: datetime, zone: ZoneInfo) -> None:
        super().__init__(f"{wall:%Y-%m-%d %H:%M} does not exist in {zone.key}")
        self.wall = wall
        self.zone = zone


def moment(wall: datetime, zone: ZoneInfo, *, later: bool = False) -> datetime:
    """The moment, in UTC, at which the clocks of `zone` show `wall`.

    Where they show it twice, the first time is meant; with `later` the second one.

    Raises:
        NonexistentTimeError: the clocks never show it.
    """
    plain = wall.replace(tzinfo=None)
    readings = {plain.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    shown = [it for it in readings if wall_time(it, zone) == plain.replace(fold=0)]
    if not shown:
        raise NonexistentTimeError(plain, zone)
    return max(shown) if later else min(shown)


def wall_time(at: datetime, zone: ZoneInfo) -> datetime:
    """What the clocks of `zone` show at a moment: without a zone, as fields of forms hold it."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)
