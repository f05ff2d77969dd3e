-- What a department shows for a period, against the cells it answers for on those days.
--   unique: one cell, or nothing; people of two days or two accounts cannot be added.
--   ratio of two named parts: its single cell, or, where both parts add up, the parts summed and divided last.
--   other ratios, indexes and durations: a single cell, or at most every account at its peak.
--   stock: never more than every account at its peak; a month of followers is not the sum of its days.
-- Adding up is the other guard's matter (scorecard_agrees_with_its_days).
with

cells as (
    select
        owned.profile, owned.department, owned.metric, owned.account_id, owned.campaign, owned.day, owned.value,
        kpi.numerator, kpi.denominator
    from owned_kpi_daily as owned
    inner join rule_metrics as metrics on owned.metric = metrics.metric
    inner join kpi_daily as kpi
        on
            owned.metric = kpi.metric and owned.account_id = kpi.account_id
            and owned.campaign = kpi.campaign and owned.day = kpi.day
    where owned.role = 'accountable' and metrics.aggregation != 'additive'
),

kinds as (select unnest(['day', 'week', 'month', 'quarter']) as period_kind),

periods as (
    select
        cells.profile, cells.department, cells.metric, kinds.period_kind,
        cast(date_trunc(kinds.period_kind, cells.day) as date) as period_start,
        count(cells.value) as known, count(*) as days,
        count(cells.value) filter (where cells.campaign = '') as known_totals,
        any_value(cells.value) as only_value,
        any_value(cells.value) filter (where cells.campaign = '') as only_total,
        -- a cell of which one part is missing adds neither part
        cast(sum(cells.numerator) filter (where cells.denominator is not null) as double) as numerator,
        cast(sum(cells.denominator) filter (where cells.numerator is not null) as double) as denominator
    from cells
    cross join kinds
    group by cells.profile, cells.department, cells.metric, kinds.period_kind, date_trunc(kinds.period_kind, cells.day)
),

peaks as (
    select profile, department, metric, sum(peak) as peak
    from (
        select profile, department, metric, account_id, campaign, max(value) as peak
        from cells
        group by all
    ) as highest
    group by all
),

scores as (
    select
        scorecard.profile, scorecard.department, scorecard.metric, scorecard.period_kind, scorecard.period_start, scorecard.value,
        metrics.aggregation, coalesce(metrics.multiplier, 1) as multiplier,
        metrics.numerator is not null as has_parts,
        coalesce(above.aggregation = 'additive' and below.aggregation = 'additive', false) as parts_add_up
    from scorecard
    inner join rule_metrics as metrics on scorecard.metric = metrics.metric
    left join rule_metrics as above on metrics.numerator = above.metric
    left join rule_metrics as below on metrics.denominator = below.metric
    where scorecard.value is not null and metrics.aggregation != 'additive'
),

judged as (
    select
        scores.*,
        -- the single cell that the number is; several cells have no such value
        coalesce(
            (periods.known = 1 and scores.value = periods.only_value)
            or (periods.known_totals = 1 and scores.value = periods.only_total), false
        ) as is_one_cell,
        coalesce(
            abs(scores.value - scores.multiplier * periods.numerator / nullif(periods.denominator, 0))
            <= 1e-6 + 1e-6 * abs(cast(scores.value as double)), false
        ) as is_divided_last,
        coalesce(scores.value <= peaks.peak, false) as is_within_peaks
    from scores
    left join periods
        on
            scores.profile = periods.profile and scores.department = periods.department and scores.metric = periods.metric
            and scores.period_kind = periods.period_kind and scores.period_start = periods.period_start
    left join peaks
        on scores.profile = peaks.profile and scores.department = peaks.department and scores.metric = peaks.metric
),

ruled as (
    select
        profile, department, metric, period_kind, period_start, value,
        case
            when aggregation = 'unique' then is_one_cell
            when aggregation = 'ratio' and has_parts then is_one_cell or (parts_add_up and is_divided_last)
            when aggregation = 'ratio' then is_one_cell or is_divided_last or is_within_peaks
            when aggregation in ('stock', 'index', 'duration', 'lifetime') then is_one_cell or is_within_peaks
            else false
        end as is_true
    from judged
)

select
    concat_ws(' ', metric, 'by', period_kind, 'at', department, 'in profile', profile) as subject, count(*) as checked,
    count(*) filter (where not is_true) as offences,
    concat_ws(
        ' ',
        'first',
        min(period_start) filter (where not is_true),
        'showing',
        arg_min(value, period_start) filter (where not is_true)
    ) as detail
from ruled
group by profile, department, metric, period_kind
