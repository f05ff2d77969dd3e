"""What a test changed, against what would have been: difference in differences on the ratio of the treated to those left alone.

Belongs here: the estimate and its interval, as functions of plain arrays that tests call too.
Never here: which tests there were (experiments), what an effect is worth.

Poisson pseudo-likelihood (it asks of the mean to be right, not of the counts to be Poisson): the treated are the control times a constant,
times the weekday, times the effect while the test runs. A season that both share falls out, days of nothing stay in. What is left over is
autocorrelated, and a test of four weeks is too short for the usual robust errors, which see it cover 85 times in a hundred where 95 are
promised: so its memory is estimated on the long time before the test and carried into the variance. Without a control, the own past, its
weekday and its trend stand in for it, and the method says so.
"""

import numpy as np

METHODS = {True: "difference_in_differences_ar1", False: "interrupted_series_ar1"}
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
    """Relative effect and its interval, then the same in units of the outcome over all days of the test."""
    import statsmodels.api as api
    from scipy.special import stdtrit

    # a weekday that is never there, or never has anything (a shop that is closed), has no level of its own and says nothing
    told = np.isin(days % 7, (days % 7)[treated > 0])
    treated, during, days, control = treated[told], during[told], days[told], None if control is None else control[told]
    weekdays = np.unique(days % 7)
    columns = [np.ones(len(days)), days[:, None] % 7 == weekdays[1:], during.astype(float)]
    if control is None:
        columns.insert(1, (days - days[0]) / (days[-1] - days[0]) - 0.5)
    design = np.column_stack(columns)
    fitted = api.GLM(treated, design, family=api.families.Poisson(), offset=None if control is None else np.log(control)).fit()
    mean, lost = fitted.fittedvalues, design.shape[1] - 1
    residual = treated / mean - 1
    stays, slow, quick = memory(residual[~during], days[~during], lost)
    weighted = design * mean[:, None]
    bread = np.linalg.inv(design.T @ weighted)
    together = slow * stays ** np.abs(days[:, None] - days[None, :]) + quick * np.eye(len(days))
    meat = weighted.T @ together @ weighted
    found, error = fitted.params[-1], np.sqrt((bread @ meat @ bread)[-1, -1])
    # days that hang together are fewer days
    freedom = max((~during).sum() * (1 - stays) / (1 + stays) - lost, 3.0)
    spread = stdtrit(freedom, (1 + confidence) / 2) * error
    edges = np.array([found, found - spread, found + spread])
    would_have_been = mean[during].sum() / np.exp(found)
    return dict(zip(COLUMNS, [*np.expm1(edges), *(np.expm1(edges) * would_have_been)], strict=True))


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
        days = sorted(day for day in arms["treated"] if not has_control or arms["control"].get(day, 0) > 0)
        during = np.array([is_during[day] for day in days], dtype=bool)
        treated = np.array([arms["treated"][day] for day in days], dtype=float)
        enough = during.sum() >= rules["fewest_days_of_test"] and (~during).sum() >= rules["fewest_days_before_test"]
        moved = enough and (treated >= 0).all() and treated[during].sum() > 0 and treated[~during].sum() > 0
        found = dict.fromkeys(COLUMNS)
        if moved:
            control = np.array([arms["control"][day] for day in days], dtype=float) if has_control else None
            found = effect_of(treated, control, during, np.array(days), rules["confidence"])
        for name, value in found.items():
            out[name].append(None if value is None else float(value))
        out["experiment"].append(experiment)
        out["observed"].append(float(treated[during].sum()) if during.any() else None)
        out["n_days_before"].append(int((~during).sum()))
        out["n_days_during"].append(int(during.sum()))
        out["method"].append(METHODS[has_control])
        out["missing_reason"].append(None if moved else "no_variation" if enough else "not_enough_days")
    numbers = {name: pyarrow.float64() for name in (*COLUMNS, "observed")} | {"n_days_before": pyarrow.int64(), "n_days_during": pyarrow.int64()}
    return pyarrow.table({name: pyarrow.array(column, numbers.get(name, pyarrow.string())) for name, column in out.items()})
