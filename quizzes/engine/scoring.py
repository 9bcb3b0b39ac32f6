"""Points, portal scores and their uncertainty: one home for each formula."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import Literal

from quizzes.engine.exact import Number, exact

EPSILON = Fraction(1, 10**14)
"""Added to every tolerance, as Moodle does, so that a boundary typed as a float still counts."""

_HALF = Fraction(1, 2)
_ONE = Fraction(1)
_ZERO = Fraction(0)
_JEFFREYS = 0.5
_CONVERGED = 1e-14
_MAX_TERMS = 10_000
_FEWEST_TO_ORDER = 2


@dataclass(frozen=True, slots=True)
class ScaledScore:
    """A score on the portal's scale, which is an estimate and no vendor's own."""

    value: int
    passed: bool


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of shares, 0 to 1."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class DomainResult:
    """What one domain of an exam brought: `k` points of `n` questions."""

    k: Fraction
    n: int


def scaled_score(
    points: Number, max_points: Number, *, cut_fraction: Number, scale: tuple[int, int, int]
) -> ScaledScore:
    """Two straight lines through (0, lowest), (cut fraction, cut) and (1, highest).

    The value is rounded half up, but rounding never turns a fail into a pass: a fail
    stays below the cut.

    Raises:
        ValueError: points outside 0 to max_points, a cut fraction outside (0, 1],
            or a scale that does not rise.
    """
    lowest, cut, highest = scale
    share = _share(points, max_points)
    line = exact(cut_fraction)
    if not 0 < line <= 1:
        raise ValueError(f"cut fraction {cut_fraction} is not in (0, 1]")
    if not lowest < cut <= highest:
        raise ValueError(f"scale {scale} does not rise")
    if share < line:
        value = lowest + (cut - lowest) * share / line
        return ScaledScore(min(_round_half_up(value), cut - 1), passed=False)
    above = (share - line) / (1 - line) if line < 1 else _ONE
    return ScaledScore(_round_half_up(cut + (highest - cut) * above), passed=True)


def _share(points: Number, max_points: Number) -> Fraction:
    got, most = exact(points), exact(max_points)
    if most <= 0 or not 0 <= got <= most:
        raise ValueError(f"{points} of {max_points} points")
    return got / most


def _round_half_up(value: Fraction) -> int:
    return math.floor(value + _HALF)


def pass_line(n: int, cut_fraction: Number) -> int:
    """The smallest number of points out of `n` that passes."""
    return math.ceil(exact(cut_fraction) * n)


def multiple_response(
    selected: Collection[str],
    correct: Collection[str],
    options: Collection[str] | int,
    *,
    rule: Literal["all_or_nothing", "partial", "per_correct"] = "all_or_nothing",
) -> Fraction:
    """The share of a multiple-response question that an answer earns.

    Args:
        selected: ids that were chosen.
        correct: ids that are right, at least one.
        options: all ids, or how many there are.
        rule: `partial` takes a wrong choice off in proportion, so choosing
            everything or nothing earns 0; `per_correct` counts hits and refuses
            more choices than there are right ones.
    """
    chosen, right = set(selected), set(correct)
    total = options if isinstance(options, int) else len(set(options))
    if not right or total < len(right):
        raise ValueError(f"{len(right)} right of {total} options")
    hits = Fraction(len(chosen & right), len(right))
    if rule == "all_or_nothing":
        return _ONE if chosen == right else _ZERO
    if rule == "per_correct":
        return hits if len(chosen) <= len(right) else _ZERO
    if rule != "partial":
        raise ValueError(f"unknown rule {rule!r}")
    if total == len(right):
        return hits
    return max(_ZERO, hits - Fraction(len(chosen - right), total - len(right)))


def ordering(
    response: Sequence[str], key: Sequence[str], *, rule: Literal["exact", "pairs"] = "exact"
) -> Fraction:
    """The share that an order earns: all or nothing, or by pairs in the right order.

    `pairs` is Kendall's tau with 0 as its floor, so a random order earns little.
    A pair with an unplaced item counts as out of order.
    """
    if len(key) < _FEWEST_TO_ORDER:
        raise ValueError("an order needs at least two items")
    if rule == "exact":
        return _ONE if list(response) == list(key) else _ZERO
    if rule != "pairs":
        raise ValueError(f"unknown rule {rule!r}")
    place = {item: index for index, item in enumerate(response)}
    in_order = sum(
        1
        for index, first in enumerate(key)
        for second in key[index + 1 :]
        if first in place and second in place and place[first] < place[second]
    )
    return max(_ZERO, 2 * Fraction(in_order, math.comb(len(key), 2)) - 1)


def matching(
    pairs: Mapping[str, str], key: Mapping[str, str], *, rule: Literal["all", "pairs"] = "all"
) -> Fraction:
    """The share that a matching earns: all or nothing, or the right pairs."""
    if not key:
        raise ValueError("a matching needs at least one pair")
    right = sum(1 for prompt, option in key.items() if pairs.get(prompt) == option)
    if rule == "all":
        return _ONE if right == len(key) else _ZERO
    if rule != "pairs":
        raise ValueError(f"unknown rule {rule!r}")
    return Fraction(right, len(key))


def numeric_matches(
    value: Number,
    answer: Number,
    tolerance: Number,
    *,
    kind: Literal["nominal", "relative", "geometric"] = "nominal",
) -> bool:
    """Whether a number lies within the tolerance of the answer; boundaries belong to it.

    Raises:
        ValueError: a relative tolerance around 0, a negative tolerance, an unknown
            kind, or a key that is no finite number. A `value` that is no finite
            number simply does not match.

    Source: the three tolerance kinds of Moodle's numerical question type.
    """
    low, high = tolerance_bounds(answer, tolerance, kind=kind)
    try:
        return low <= exact(value) <= high
    except ValueError:
        return False


def tolerance_bounds(answer: Number, tolerance: Number, *, kind: str) -> tuple[Fraction, Fraction]:
    """The smallest and the largest number that match; errors as in `numeric_matches`."""
    right, slack = exact(answer), exact(tolerance)
    if slack < 0:
        raise ValueError("a tolerance cannot be negative")
    if kind == "nominal":
        reach = slack + EPSILON * max(slack, abs(right), EPSILON)
    elif kind == "relative":
        if right == 0:
            raise ValueError("a relative tolerance around 0 matches nothing")
        reach = abs(right) * (slack + EPSILON)
    elif kind == "geometric":
        factor = 1 + slack + EPSILON
        low, high = sorted((right / factor, right * factor))
        return low, high
    else:
        raise ValueError(f"unknown tolerance kind {kind!r}")
    return right - reach, right + reach


def guess_floor(kind: str, **shape: int | str | None) -> Fraction:
    """The mean score of somebody who answers at random, full marks or nothing.

    Shapes: `single` options · `true_false` none · `multiple` options, choose (`None`
    when the number is not told) · `ordering` items · `matching` prompts, options and
    rule "all" (default) or "pairs" · `numeric` and `short_text` none.
    """
    if kind in {"numeric", "short_text"}:
        return _ZERO
    if kind == "true_false":
        return _HALF
    if kind == "single":
        return Fraction(1, _count(shape, "options"))
    if kind == "multiple":
        return _guess_multiple(_count(shape, "options"), shape.get("choose"))
    if kind == "ordering":
        return Fraction(1, math.factorial(_count(shape, "items")))
    if kind == "matching":
        return _guess_matching(
            _count(shape, "prompts"), _count(shape, "options"), shape.get("rule", "all")
        )
    raise ValueError(f"unknown kind {kind!r}")


def _count(shape: Mapping[str, int | str | None], name: str) -> int:
    count = shape.get(name)
    if not isinstance(count, int) or count < 1:
        raise ValueError(f"{name} must be a whole number above 0")
    return count


def _guess_multiple(options: int, choose: int | str | None) -> Fraction:
    if choose is None:
        return Fraction(1, 2**options - 1)
    if not isinstance(choose, int) or not 1 <= choose <= options:
        raise ValueError(f"choose {choose} of {options}")
    return Fraction(1, math.comb(options, choose))


def _guess_matching(prompts: int, options: int, rule: int | str | None) -> Fraction:
    if rule == "pairs":
        return Fraction(1, options)
    if rule != "all":
        raise ValueError(f"unknown rule {rule!r}")
    if prompts > options:
        # Options must repeat here, so every prompt is a free guess.
        return Fraction(1, options**prompts)
    return Fraction(1, math.perm(options, prompts))


def wilson(k: Number, n: int, *, confidence: float = 0.90) -> Interval:
    """The interval for a share of `k` in `n`; everything is possible when `n` is 0.

    Source: Wilson (1927), "Probable inference, the law of succession, and
        statistical inference", JASA 22, 209-212.
    """
    if n == 0:
        return Interval(0.0, 1.0)
    share = float(_share(k, n))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    middle, stretch = share + z * z / (2 * n), 1 + z * z / n
    low = 0.0 if share == 0 else max(0.0, (middle - spread) / stretch)
    high = 1.0 if share == 1 else min(1.0, (middle + spread) / stretch)
    return Interval(low, high)


def certainty_of_pass(points: Number, n: int, cut_fraction: Number) -> float:
    """How probable it is that the level behind `points` of `n` lies above the cut, 0 to 1.

    The level is the share of all such questions that the person would get right.
    Its posterior under Jeffreys' prior is Beta(points + 1/2, n - points + 1/2),
    so partial points are allowed and nothing is ever quite certain.

    Source: Brown, Cai, DasGupta (2001), "Interval estimation for a binomial
        proportion", Statistical Science 16, 101-133.
    """
    got = float(_share(points, n) * n) if n else 0.0
    cut = float(exact(cut_fraction))
    return 1.0 - _beta_cdf(cut, got + _JEFFREYS, n - got + _JEFFREYS)


def _beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function.

    Source: NIST DLMF 8.17.22, evaluated by the modified Lentz method.
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - _beta_cdf(1 - x, b, a)
    log_front = (
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    return math.exp(log_front) * _beta_fraction(x, a, b) / a


def _beta_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MAX_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        step = 1.0
        for term in (even, odd):
            c, d = 1 + term / c, 1 / (1 + term * d)
            step = c * d
            value *= step
        if abs(step - 1) < _CONVERGED:
            break
    return value


def domain_breakdown(rows: Iterable[tuple[str, Number]]) -> dict[str, DomainResult]:
    """Points and questions of each domain, in the order in which domains first appear."""
    results: dict[str, DomainResult] = {}
    for domain, fraction in rows:
        before = results.get(domain, DomainResult(_ZERO, 0))
        results[domain] = DomainResult(before.k + exact(fraction), before.n + 1)
    return results
