"""What followed a burst of awareness, lag by lag: one regression a lag, all lags of a pair at once.

Belongs here: the estimate, its interval and its two placebos, as functions of plain arrays that tests call too.
Never here: which metrics are compared and with which settings (seeds), what may be read from the result (awareness_bridge).

The estimate is a lag-augmented local projection (Jorda 2005; Montiel Olea and Plagborg-Moller 2021): the outcome L days later on the
awareness of a day, given the weekday, the season, the trend and what both had been doing until the day before. What is left of awareness
is a surprise, and surprises do not repeat themselves: so the heteroskedasticity-robust variance (HC3) holds although the outcome is
autocorrelated, and two random walks, or two series with one season, show nothing.
"""

import zlib

import numpy as np

ASSOCIATION, FUTURE, SHUFFLED = "association", "placebo_future", "placebo_shuffled"
COLUMNS = ("association", "standard_error", "low", "high", "pointwise_low", "pointwise_high", "p_value")
NUMBERS = (*COLUMNS, "from_one_day", "burst_size")


def before(series, days):
    """The series of 1 to `days` days before, a column a day."""
    out = np.full((len(series), days), np.nan)
    for back in range(1, days + 1):
        out[back:, back - 1] = series[:-back]
    return out


def waves(place, many):
    """A round that is run through once as `place` rises by one, and its parts: two peaks a year are no rarer than one."""
    turns = 2 * np.pi * np.outer(place, np.arange(1, int(many) + 1))
    return np.column_stack([np.sin(turns), np.cos(turns)])


def known_before(awareness, outcome, days, rules):
    """Everything a day could have been foreseen from: calendar, trend, and the past of both series. Days are counted from 1970."""
    dates = days.astype("M8[D]")
    trend, weekday = (days - days[0]) / len(days) - 0.5, np.eye(7)[(days + 3) % 7][:, 1:]
    calendar = [
        np.ones(len(days)),
        trend,
        waves((days - days[0]) / rules["year_days"], rules["waves_a_year"]),
        # wages are paid and budgets end by the month: what both do each month is no answer of one to the other
        waves((dates - dates.astype("M8[M]")).astype(float) / 31, min(rules["waves_a_month"], len(days) // rules["days_for_a_month_wave"])),
        weekday,
        # a week that both live differently by and by
        weekday * trend[:, None],
    ]
    past = int(rules["own_past_days"])
    return np.column_stack([*calendar, before(outcome, past), before(awareness, past)])


def bent_back(estimate, traces, basis, days):
    """Estimates by lag without the pull of a short series, and what each day adds to their errors (a row a lag, a column a day).

    What is known of each day (trend, year, the own past) is fitted on all days, so it has taken up some of what followed a surprise, and
    draws what follows at one lag down by what followed at the lags before it (Herbst and Johannsen 2024, for any controls).
    """
    lags = len(estimate)
    pull = np.array([(basis[later:] * basis[: max(len(basis) - later, 0)]).sum() for later in range(lags)]) / (days - basis.shape[1])
    back = np.subtract.outer(np.arange(lags), np.arange(lags))
    together = np.linalg.inv(np.eye(lags) - np.where(back > 0, pull[np.abs(back)], 0.0))
    return together @ estimate, together @ traces


def followed_by(awareness, outcome, calendar, rules):
    """Per lag: coefficient, HC3 standard error, degrees of freedom, days used; the size of a usual surprise; and what one day brought.

    Exactly what ordinary least squares of one lag after the other gives. A lag's days differ from the next one's only by a few, so the
    cross products are made once and those of the days that fall out are taken off.
    """
    days, lags = len(awareness), int(rules["longest_lag_days"]) + 1
    nothing = np.full(lags, np.nan), np.full(lags, np.nan), np.zeros(lags), np.zeros(lags, dtype=int), 0.0, np.full(lags, np.nan)
    if not days:
        return nothing
    controls = known_before(awareness, outcome, calendar, rules)
    usable = np.isfinite(controls).all(axis=1) & np.isfinite(awareness)
    if usable.sum() <= controls.shape[1] + rules["fewest_spare_days"]:
        return nothing
    kept = np.where(usable[:, None], controls, 0.0)
    kept = kept / np.maximum(np.abs(kept).max(axis=0), 1e-300)
    basis, size, _ = np.linalg.svd(kept, full_matrices=False)
    basis = basis[:, size > size[0] * 1e-9]
    moved = np.where(usable, awareness, 0.0)
    surprise = moved - basis @ (basis.T @ moved)
    spread = np.sqrt((surprise**2).sum())
    if spread <= 1e-9 * max(np.sqrt((moved**2).sum()), 1e-300):
        return *nothing[:3], np.full(lags, int(usable.sum())), *nothing[4:]
    design = np.column_stack([basis, surprise / spread])
    ahead = np.full((lags, days), np.nan)
    for lag in range(min(lags, days)):
        ahead[lag, : days - lag] = outcome[lag:]
    used = np.isfinite(ahead) & usable
    whole = design.T @ design
    cross = np.stack([whole - design[out].T @ design[out] for out in usable & ~used])
    counted = used.sum(axis=1)
    enough = counted >= design.shape[1] + rules["fewest_spare_days"]
    # a lag without enough days is answered with nothing below; here it only must not stop the others
    cross[~enough] = np.eye(design.shape[1])
    # the one burst of a series may lie outside of the days that a lag leaves: what of awareness is left there is foreseen, or nothing
    inverse = np.linalg.inv(cross + 1e-12 * np.eye(design.shape[1]))
    enough &= inverse[:, -1, -1] < 1e9
    after = np.where(used, ahead, 0.0)
    coefficients = np.matmul(inverse, (after @ design)[:, :, None])[:, :, 0]
    residuals = (after - coefficients @ design.T) * used
    # each day's part of a coefficient, in its direction: a holiday that moved both and came but twice stands on the day it began
    projection = (inverse[:, -1, :] @ design.T) * used
    parts = projection * (residuals + coefficients[:, -1:] * surprise / spread) * np.sign(coefficients[:, -1:])
    one_day = parts.max(axis=1) / spread
    leverage = (np.matmul(design[None], inverse) * design[None]).sum(axis=2)
    weights = projection / np.maximum(1 - leverage, 1e-9)
    found, traces = bent_back(np.where(enough, coefficients[:, -1], 0.0), np.where(enough[:, None], weights * residuals, 0.0), basis, usable.sum())
    # what was bent back is known to its first order only: the whole of it counts as one more error, which the forgetful hardly notice
    error = np.sqrt((traces**2).sum(axis=1) + (found - coefficients[:, -1]) ** 2)
    # a year that holds one great burst holds one observation, however many days it has (the idea of Bell and McCaffrey 2002)
    squares = weights**2
    with np.errstate(invalid="ignore", divide="ignore"):
        effective = squares.sum(axis=1) ** 2 / (squares**2).sum(axis=1)
        # far lags overlap: the outcome of neighbouring days is mostly the same outcome
        error = error * np.sqrt(1 + rules["overlap_widening"] * np.arange(lags) / counted)
    freedom = np.minimum(counted - design.shape[1], effective)
    estimate, error = found / spread, error / spread
    estimate[~enough], error[~enough], freedom[~enough], one_day[~enough] = np.nan, np.nan, 0.0, np.nan
    return estimate, error, freedom, counted, spread / np.sqrt(usable.sum()), one_day


def intervals(estimate, error, freedom, confidence):
    """Columns of the table. `low` and `high` hold for all lags of the pair together (Bonferroni), the pointwise ones for one lag alone."""
    from scipy.special import stdtr, stdtrit

    family = max(int(np.isfinite(estimate).sum()), 1)
    freedom = np.where(freedom > 0, freedom, np.nan)
    one, all_of_them = stdtrit(freedom, (1 + confidence) / 2), stdtrit(freedom, 1 - (1 - confidence) / 2 / family)
    with np.errstate(invalid="ignore", divide="ignore"):
        p_value = 2 * stdtr(freedom, -np.abs(estimate) / error)
    found = (estimate, error, estimate - all_of_them * error, estimate + all_of_them * error, estimate - one * error, estimate + one * error, p_value)
    return dict(zip(COLUMNS, found, strict=True))


def weeks_shuffled(awareness, outcome):
    """The awareness of whole weeks in another order, which depends on the data alone: the same night gives the same order."""
    content = np.nan_to_num(np.concatenate([awareness, outcome]), nan=-1.0).round(6)
    order = np.random.default_rng(zlib.crc32(content.tobytes())).permutation(len(awareness) // 7)
    weeks = awareness[: len(order) * 7].reshape(-1, 7)[order].ravel()
    return np.concatenate([weeks, awareness[len(order) * 7 :]])


def answers(awareness, outcome, days, rules):
    """Every method's table of one pair. A placebo is the same estimate on awareness that cannot have been followed by anything:
    that of three months later, and that of the same weeks in another order."""
    later = int(rules["longest_lag_days"]) + 1
    future = (awareness[later:], outcome[:-later], days[:-later]) if len(awareness) > later else (awareness[:0], outcome[:0], days[:0])
    series = {
        ASSOCIATION: (awareness, outcome, days),
        FUTURE: future,
        SHUFFLED: (weeks_shuffled(awareness, outcome), outcome, days),
    }
    for method, (one, other, when) in series.items():
        estimate, error, freedom, counted, surprise, one_day = followed_by(one, other, when, rules)
        yield method, intervals(estimate, error, freedom, rules["confidence"]) | {"from_one_day": one_day}, counted, surprise


def model(dbt, session):
    dbt.config(materialized="table")
    import pyarrow

    rules = dict(dbt.source("rules", "bridge_rules").project("rule, value").fetchall())
    rows = dbt.ref("int_bridge_days").project("role, metric, epoch_days: date_diff('day', date '1970-01-01', day), value::double").fetchall()
    series = {}
    for role, metric, day, value in sorted(rows, key=lambda row: row[:3]):
        series.setdefault((role, metric), {})[day] = np.nan if value is None else value
    out = {name: [] for name in ("method", "awareness_metric", "outcome_metric", "lag_days", *NUMBERS, "n_days")}
    for (_, metric), heard in [one for one in series.items() if one[0][0] == "awareness"]:
        for (_, result), done in [one for one in series.items() if one[0][0] == "outcome" and one[0][1] != metric]:
            first, last = max(min(heard), min(done)), min(max(heard), max(done))
            days = np.arange(first, last + 1)
            awareness, outcome = (np.array([one.get(day, np.nan) for day in days.tolist()], dtype=float) for one in (heard, done))
            for method, found, counted, surprise in answers(awareness, outcome, days, rules):
                lags = len(counted)
                out["method"] += [method] * lags
                out["awareness_metric"] += [metric] * lags
                out["outcome_metric"] += [result] * lags
                out["lag_days"] += list(range(lags))
                out["n_days"] += counted.tolist()
                out["burst_size"] += [surprise] * lags
                for name, column in found.items():
                    out[name] += [value if np.isfinite(value) else None for value in column.tolist()]
    numbers = {name: pyarrow.float64() for name in NUMBERS} | {"lag_days": pyarrow.int32(), "n_days": pyarrow.int64()}
    return pyarrow.table({name: pyarrow.array(column, numbers.get(name, pyarrow.string())) for name, column in out.items()})
