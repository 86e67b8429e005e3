"""What happens to a part of the cases: every event with its moment, whenever it comes, also after the as-of moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.synthetic.clock import DAY, HOUR, NEVER
from pipelines.synthetic.quality import Quality
from pipelines.synthetic.settings import World
from pipelines.synthetic.volume import draw

RETURNED, MISSED = 0.06, 0.03  # shares of the dispatches that come back, of the cases that a collector missed
POSTS_STREAM = 906
SPREAD = 0.85  # of the logarithm of the handling time
Ints = np.ndarray


@dataclass
class Part:
    """Cases of one channel reported in one month. Moments are local seconds since 1970, NEVER where none comes.

    ``unit`` and ``area`` are positions in ``World.unit_codes``, area -1 where the place is not known.
    """

    channel: str
    month: int
    number: int
    serial: Ints  # running number within channel and month
    category: Ints
    unit: Ints
    area: Ints
    reported: Ints
    accepted: Ints
    registered: Ints
    dispatched: Ints
    due: Ints  # as first given, or to be computed
    due_later: Ints  # after an extension or a suspension
    due_changed: Ints  # when the later deadline was given
    is_due_given: Ints
    is_extended: Ints
    handled: list[Ints]  # first handling, then after each rework
    failed: list[Ints]  # re-inspections that sent the case back
    verified: Ints
    closed: Ints
    answered: Ints  # when the caller's answer came in
    answer: Ints  # position in versions.ANSWERS
    cancelled: Ints
    suspended: Ints
    resumed: Ints
    is_deferral: Ints
    is_invalid: Ints
    duplicate_of: Ints  # serial of the first report, -1 where it is the first
    is_handling_unknown: Ints
    returns: Ints  # how often the case came back to the dispatcher, as wrongly sent
    is_missed: Ints  # reported by others although a collector should have

    @property
    def moments(self) -> list[Ints]:
        """Everything that changes what an extract shows."""
        return [
            self.reported, self.accepted, self.registered, self.dispatched, self.due_changed, *self.handled,
            *self.failed, self.verified, self.closed, self.answered, self.cancelled, self.suspended, self.resumed,
        ]  # fmt: skip


def make_part(
    world: World, quality: Quality, rng: np.random.Generator, channel: str, month: int, reported: Ints, first: int
) -> Part:
    """The whole life of the cases reported at ``reported`` (sorted); ``first`` is the serial of the first of them."""
    n = len(reported)
    settings = world.settings
    category, limit, limit_unit = _categories(world, rng, channel, month, n)
    unit, area = _places(world, quality, rng, channel, category)
    accepted = reported + 60 + rng.exponential(10 * 60, n).astype(np.int64)
    is_invalid = rng.random(n) < settings.invalid_rate
    duplicate_of = _duplicates(rng, settings.duplicate_rate, is_invalid, first)
    is_normal = ~is_invalid & (duplicate_of < 0)
    registered = np.where(is_normal, accepted + 120 + rng.exponential(30 * 60, n).astype(np.int64), NEVER)
    dispatched = np.where(is_normal, registered + 60 + rng.exponential(25 * 60, n).astype(np.int64), NEVER)
    due = world.clock.deadline(dispatched, limit, limit_unit)

    # suspension: rarely, and of grid cases only, which then have a deadline from the source
    is_grid = channel == "grid"
    is_suspended = is_grid & is_normal & (due < NEVER) & (rng.random(n) < settings.suspended_rate)
    is_ended = rng.random(n) < 0.6
    allowed = np.where(due < NEVER, due - np.where(due < NEVER, dispatched, 0), 3 * DAY)
    until_suspended = (np.minimum(allowed, 3 * DAY) * rng.uniform(0.2, 0.9, n)).astype(np.int64)
    suspended = np.where(is_suspended, dispatched + until_suspended, NEVER)
    pause = (rng.uniform(3, 40, n) * DAY).astype(np.int64)
    resumed = np.where(is_suspended & is_ended, suspended + pause, NEVER)

    # handling: log-normal around the time allowed, by the unit's punctuality
    punctual = quality.punctuality[unit] + quality.trend[unit] * (month / len(world.months))
    punctual = punctual + np.where(area >= 0, 0.35 * (quality.punctuality[area] - 1.35), 0.0)
    taken = allowed * np.exp(SPREAD * (rng.normal(0, 1, n) - punctual))
    first_handled = dispatched + np.clip(taken, 600, 120 * DAY).astype(np.int64)
    first_handled = np.where(limit_unit == "urgent_hour", first_handled, _daytime(rng, first_handled))
    resting = np.maximum(first_handled, suspended + HOUR) + np.where(is_ended, pause, 0)
    first_handled = np.where(is_suspended, resting, first_handled)
    # an open suspension keeps the case open, but for a few that are closed all the same
    is_parked = is_suspended & ~is_ended & (rng.random(n) > 0.1)
    is_forgotten = rng.random(n) < quality.forgotten[unit]
    first_handled = np.where(is_normal & ~is_parked & ~is_forgotten, first_handled, NEVER)
    handled, failed = _reworks(rng, quality.rework[unit], first_handled, allowed)
    last_handled = np.minimum.reduce([np.where(later < NEVER, NEVER, now) for now, later in _pairs(handled)])

    verified, closed = _closings(rng, last_handled, is_grid)
    closed = np.where(duplicate_of >= 0, accepted + 300, closed)
    answer = _answers(rng, quality.liked[unit], n)
    is_late_answer = rng.random(n) < 0.3
    answered = np.where(is_late_answer, closed + (rng.uniform(0.5, 10, n) * DAY).astype(np.int64), closed)
    answered = np.where((closed < NEVER) & (not is_grid) & (duplicate_of < 0), answered, NEVER)

    is_due_given = (due < NEVER) & ~(is_grid & ~is_suspended & (rng.random(n) < settings.due_not_given_rate))
    is_extended = is_due_given & ~is_suspended & (rng.random(n) < settings.extended_rate)
    asked = dispatched + (allowed * rng.uniform(0.6, 0.95, n)).astype(np.int64)
    is_extended &= first_handled > asked
    due_changed = np.where(is_extended, asked, resumed)
    due_later = np.where(is_extended, due + allowed, np.where(resumed < NEVER, due + pause, NEVER))

    is_cancelled = is_normal & (rng.random(n) < settings.cancelled_rate)
    cancelled = np.where(is_cancelled, accepted + 1_800 + rng.exponential(DAY, n).astype(np.int64), NEVER)
    cancelled = np.where(closed < cancelled, NEVER, cancelled)  # what is closed is not withdrawn

    # what posts answer for has a stream of its own: everything else stays as it was drawn
    aside = np.random.default_rng(np.random.SeedSequence([settings.seed, POSTS_STREAM, int(is_grid), month, first]))

    def until(moment: Ints) -> Ints:
        return np.where(moment > cancelled, NEVER, moment)

    return Part(
        channel=channel, month=month, number=n, serial=first + np.arange(n), category=category, unit=unit, area=area,
        reported=reported, accepted=accepted, registered=until(registered), dispatched=until(dispatched),
        due=due, due_later=due_later, due_changed=until(due_changed), is_due_given=is_due_given,
        is_extended=is_extended, handled=[until(x) for x in handled], failed=[until(x) for x in failed],
        verified=until(verified), closed=until(closed), answered=until(answered), answer=answer, cancelled=cancelled,
        suspended=until(suspended), resumed=until(resumed), is_deferral=rng.random(n) < 0.35,
        is_invalid=is_invalid, duplicate_of=duplicate_of,
        is_handling_unknown=rng.random(n) < settings.handling_time_unknown_rate,
        returns=np.minimum(aside.geometric(1 - RETURNED, n) - 1, 3), is_missed=aside.random(n) < MISSED,
    )  # fmt: skip


def _categories(world: World, rng: np.random.Generator, channel: str, month: int, n: int) -> tuple[Ints, Ints, Ints]:
    """Category (position in ``World.limits``), its limit and the limit's unit ('' for none), for n cases."""
    limits = world.limits(channel)
    has_limit = limits["limit"].is_not_null().to_numpy()
    places = np.arange(limits.height)
    season = 1 + 0.3 * np.sin(2 * np.pi * (month + world.months[0].first.month + places * 1.7) / 12)
    weights = np.where(has_limit, season / (1.5 + places), 0.0)
    rate = world.settings.no_limit_category_rate
    weights = weights / weights.sum() * (1 - rate)
    weights[~has_limit] = rate / max(int((~has_limit).sum()), 1)
    category = draw(rng, weights, n)
    number = limits["limit"].fill_null(0).to_numpy()
    unit = limits["limit_unit"].fill_null("").to_numpy().astype(object)
    return category, number[category], unit[category]


def _places(
    world: World, quality: Quality, rng: np.random.Generator, channel: str, category: Ints
) -> tuple[Ints, Ints]:
    """Responsible unit and area: departments for the hotline; departments, squads and streets for the grid."""
    n = len(category)
    streets, departments, squads = (world.positions(kind) for kind in ("street", "department", "squad"))
    busy = np.where(world.core_streets, 1.5, 0.8) * (1 + 0.4 * np.sin(np.arange(len(streets)) * 2.4))
    street = streets[draw(rng, busy, n)]
    edges = np.cumsum(quality.affinity, axis=1)
    pick = (edges[category] < (rng.random(n) * edges[category, -1])[:, None]).sum(axis=1)
    department = departments[pick]
    area = np.where(rng.random(n) < world.settings.no_area_rate, -1, street)
    if channel == "hotline":
        return department, area
    kind = rng.random(n)
    squad = squads[rng.integers(0, len(squads), n)]
    unit = np.where(kind < 0.45, department, np.where(kind < 0.70, squad, street))
    # a few streets handle a case of their neighbour: unit and area are then two streets
    area = np.where((kind >= 0.98) & (area >= 0), streets[rng.integers(0, len(streets), n)], area)
    return unit, area


def _duplicates(rng: np.random.Generator, rate: float, is_invalid: Ints, first: int) -> Ints:
    """The serial of an earlier report of the same thing, -1 for first reports."""
    n = len(is_invalid)
    is_first = (rng.random(n) >= rate) | is_invalid
    if n:
        is_first[0] = True
    earlier = np.maximum.accumulate(np.where(is_first & ~is_invalid, np.arange(n), -1))
    return np.where(is_first | (earlier < 0), -1, first + earlier)


def _daytime(rng: np.random.Generator, moment: Ints) -> Ints:
    """Moments at night move to the next morning."""
    second = moment % DAY
    morning = moment - second + np.where(second > 19 * HOUR, DAY, 0) + 8 * HOUR + rng.integers(0, 3 * HOUR, len(moment))
    return np.where((second > 19 * HOUR) | (second < 7 * HOUR), morning, moment)


def _reworks(rng: np.random.Generator, chance: Ints, first: Ints, allowed: Ints) -> tuple[list[Ints], list[Ints]]:
    """Up to two reworks: the handlings (three) and the re-inspections that failed (two)."""
    handled, failed = [first], []
    for _ in range(2):
        before = handled[-1]
        is_back = (before < NEVER) & (rng.random(len(first)) < chance)
        back = np.where(is_back, before + (rng.uniform(1, 20, len(first)) * HOUR).astype(np.int64), NEVER)
        again = np.clip(0.3 * allowed * rng.lognormal(-0.5, 0.8, len(first)), HOUR, 60 * DAY).astype(np.int64)
        failed.append(back)
        handled.append(np.where(is_back, back + again, NEVER))
    return handled, failed


def _closings(rng: np.random.Generator, handled: Ints, is_grid: bool) -> tuple[Ints, Ints]:
    """Re-inspection and closing after the last handling; the hotline calls back in place of a re-inspection."""
    n = len(handled)
    checked = np.where(handled < NEVER, handled + (rng.uniform(0.5, 20, n) * HOUR).astype(np.int64), NEVER)
    if is_grid:
        return checked, np.where(checked < NEVER, checked + 300 + rng.exponential(40 * 60, n).astype(np.int64), NEVER)
    return np.full(n, NEVER), np.where(checked < NEVER, _daytime(rng, checked + 2 * HOUR), NEVER)


def _pairs(handled: list[Ints]) -> list[tuple[Ints, Ints]]:
    """Each handling with the next one, NEVER after the last."""
    return list(zip(handled, [*handled[1:], np.full(len(handled[0]), NEVER)], strict=True))


def _answers(rng: np.random.Generator, liked: Ints, n: int) -> Ints:
    """Positions in versions.ANSWERS: satisfied, basically satisfied, dissatisfied, not evaluated, no answer (blank)."""
    reached, happy, fully = rng.random(n), rng.random(n) < liked, rng.random(n) < 0.7
    return np.where(reached < 0.12, 4, np.where(reached < 0.30, 3, np.where(happy, np.where(fully, 0, 1), 2)))
