"""What a test changed, against what would have been: difference in differences on the ratio of the treated to those left alone.

Belongs here: the estimate and its interval, as functions of plain arrays that tests call too.
Never here: which tests there were (experiments), what an effect is worth.

Poisson pseudo-likelihood (it asks of the mean to be right, not of the counts to be Poisson): the treated are the control times a constant,
times a trend (a region may grow by itself), times the weekday, times the effect while the test runs. A season that both share falls out,
days of nothing stay in. What is left over is autocorrelated, and a test of four weeks is too short for the usual robust errors, which see it
cover 85 times in a hundred where 95 are promised: so its memory is estimated on the long time before the test and carried into the variance.
Without a control, the own past stands in for it, and the method says so.
"""

import numpy as np

METHODS = {True: "difference_in_differences_ar1", False: "interrupted_series_ar1"}
# A day of nothing in the control, as a share of its usual day: logarithms want more than nothing.
NOTHING = 1e-9
COLUMNS = ("relative_effect", "relative_low", "relative_high", "effect", "low", "high")


def memory(residual, days, lost):
    """How much of a leftover is still there a day later, the variance of what stays, and of what is gone the next day: counting noise lies
    over a slow drift, and a single autocorrelation would take the sum of both for something forgetful. `lost`: degrees of freedom."""
    many = len(residual)
    apart = np.abs(days[:, None] - days[None, :])
    products = np.outer(residual, residual)
    near = [products[apart == lag].mean() if (apart == lag).any() else 0.0 for lag in range(4)]
    whole = near[0] * many / (many - lost)
    # leftovers of a fit add up to nothing, which makes every one of these products too small by the variance of their mean
    near = [one + max(products[apart <= 14].sum(), near[0] * many) / many**2 for one in near]
    stays = (near[2] + near[3]) / (near[1] + near[2]) if near[1] > 0 and near[2] > 0 else 0.0
    stays = float(np.clip(stays + (1 + 3 * stays) / many, 0.0, 0.95))
    slow = float(np.clip(near[1] / max(stays, 0.1), 0.0, whole)) if near[1] > 0 else 0.0
    return stays, slow, whole - slow


def effect_of(treated, control, during, days, confidence):
    """Relative effect and its interval, then the same in units of the outcome over all days of the test. No arm is without a weekday."""
    import statsmodels.api as api
    from scipy.special import stdtrit

    weekdays = np.unique(days % 7)
    trend = (days - days[0]) / (days[-1] - days[0]) - 0.5
    design = np.column_stack([trend, np.ones(len(days)), days[:, None] % 7 == weekdays[1:], during.astype(float)])
    alone = fitted = api.GLM(treated, design, family=api.families.Poisson()).fit()
    if control is not None:
        fitted = api.GLM(treated, design, family=api.families.Poisson(), offset=np.log(np.maximum(control, control.mean() * NOTHING))).fit()
    mean, usual, lost = fitted.fittedvalues, alone.fittedvalues, design.shape[1] - 1
    # as a share of a usual day, never of what the control makes of this one: where that is nearly nothing, any sale would be endlessly more
    residual = (treated - mean) / usual
    stays, slow, quick = memory(residual[~during], days[~during], lost)
    weighted = design * usual[:, None]
    bread = np.linalg.inv(design.T @ (design * mean[:, None]))
    together = slow * stays ** np.abs(days[:, None] - days[None, :]) + quick * np.eye(len(days))
    # counting noise, gone the next day, is a larger share of less: what was switched off is counted in few
    fewer = max(np.exp(-alone.params[-1]) - 1, 0.0)
    together += np.diag(during * fewer * (quick + slow * (1 - stays)))
    meat = weighted.T @ together @ weighted
    found, error = fitted.params[-1], np.sqrt((bread @ meat @ bread)[-1, -1])
    # days that hang together are fewer days
    freedom = max((~during).sum() * (1 - stays) / (1 + stays) - lost, 3.0)
    spread = stdtrit(freedom, (1 + confidence) / 2) * error
    with np.errstate(over="ignore"):
        edges = np.expm1([found, found - spread, found + spread])
    would_have_been = mean[during].sum() / np.exp(found)
    return dict(zip(COLUMNS, [*edges, *(edges * would_have_been)], strict=True))


def weighty(values):
    """As how many days alike these days count: one of a million beside a hundred of ten is one day."""
    shares = values / values.sum()
    return 1 / (shares**2).sum()


def apart(values, during, days, spreads):
    """Days that lie so many spreads from the others that they are none of them. Middles tell, not sums, which one great day draws to itself."""
    weekdays, place = np.unique(days % 7, return_inverse=True)
    usual = np.array([np.median(values[~during & (days % 7 == weekday)]) for weekday in weekdays])[place]
    if not (usual > 0).all():
        return np.zeros(len(days), dtype=bool)
    level = values / usual
    off = np.abs(level - np.where(during, np.median(level[during]), np.median(level[~during])))
    before, within = np.median(off[~during]), np.median(off[during])
    # the days of a test are few, and may happen to lie close together: 1.4826 makes of this middle a standard deviation
    return off > spreads * 1.4826 * np.where(during, max(before, within), before)


def hinges(found, rest):
    """Whether what is found is not found without some days, or something else is."""
    shows = [one["relative_low"] > 0 or one["relative_high"] < 0 for one in (found, rest)]
    return shows == [True, False] or not found["relative_low"] <= rest["relative_effect"] <= found["relative_high"]


def answer(treated, control, during, days, rules):
    """The effect, or why there is none."""
    nothing = dict.fromkeys(COLUMNS)
    if during.sum() < rules["fewest_days_of_test"] or (~during).sum() < rules["fewest_days_before_test"]:
        return nothing, "not_enough_days"
    arms = [treated] if control is None else [treated, control]
    # a weekday that is never there, or never has anything (a shop that is closed), has no level of its own and says nothing
    told = np.logical_and.reduce([np.isin(days % 7, (days % 7)[arm > 0]) for arm in arms])
    treated, during, days, control = treated[told], during[told], days[told], None if control is None else control[told]
    parts = [arm[told][part] for arm in arms for part in (during, ~during)]
    if any((part < 0).any() or part.sum() == 0 for part in parts):
        return nothing, "no_variation"
    found = effect_of(treated, control, during, days, rules["confidence"])
    if min(map(weighty, parts)) < rules["fewest_weighty_days"] or not np.isfinite(list(found.values())).all():
        return nothing, "few_days_decide"
    # beside the control a shared season, which would hide a doubled day, falls out
    levels = [treated] if control is None else [treated / control] if (control > 0).all() else [treated, control]
    alike = ~np.logical_or.reduce([apart(level, during, days, rules["spreads_apart"]) for level in levels])
    if not alike.all():
        rest = effect_of(treated[alike], None if control is None else control[alike], during[alike], days[alike], rules["confidence"])
        if hinges(found, rest):
            return nothing, "few_days_decide"
    return {name: float(value) for name, value in found.items()}, None


def model(dbt, session):
    dbt.config(materialized="table")
    import pyarrow

    rules = dict(dbt.source("rules", "bridge_rules").project("rule, value").fetchall())
    rows = dbt.ref("int_experiment_days").project("experiment, arm, date_diff('day', date '1970-01-01', day), is_during, value::double").fetchall()
    tests = sorted(dbt.source("rules", "experiments").project("experiment, control is not null").fetchall())
    out = {name: [] for name in ("experiment", *COLUMNS, "observed", "n_days_before", "n_days_during", "method", "missing_reason")}
    for experiment, has_control in tests:
        arms = {"treated": {}, "control": {}}
        is_during = {}
        for name, arm, day, within, value in rows:
            if name == experiment and value is not None:
                arms[arm][day] = value
                is_during[day] = within
        days = sorted(arms["treated"].keys() & arms["control"].keys() if has_control else arms["treated"])
        during = np.array([is_during[day] for day in days], dtype=bool)
        treated = np.array([arms["treated"][day] for day in days], dtype=float)
        control = np.array([arms["control"][day] for day in days], dtype=float) if has_control else None
        found, missing_reason = answer(treated, control, during, np.array(days), rules)
        for name, value in found.items():
            out[name].append(value)
        out["experiment"].append(experiment)
        out["observed"].append(float(treated[during].sum()) if during.any() else None)
        out["n_days_before"].append(int((~during).sum()))
        out["n_days_during"].append(int(during.sum()))
        out["method"].append(METHODS[has_control])
        out["missing_reason"].append(missing_reason)
    numbers = {name: pyarrow.float64() for name in (*COLUMNS, "observed")} | {"n_days_before": pyarrow.int64(), "n_days_during": pyarrow.int64()}
    return pyarrow.table({name: pyarrow.array(column, numbers.get(name, pyarrow.string())) for name, column in out.items()})
