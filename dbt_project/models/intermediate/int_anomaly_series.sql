-- How far each reported number lies from what the same weekday of the last eight weeks makes one expect, in logarithms: a cent taken
-- for a euro is the same distance in a small account and a large one. Medians throughout, so the odd day does not teach the next one.
with

numbers as (
    select
        kpi.metric, kpi.account_id, kpi.day, if(any_value(kpi.unit) = 'money', 'money', any_value(kpi.aggregation)) as applies_to,
        sum(kpi.value)::double as value, max(kpi.received_at) as received_at, arg_max(kpi.source_file, kpi.received_at) as source_file
    from {{ ref('int_kpi') }} as kpi
    inner join {{ source('rules', 'metrics') }} as metrics on kpi.metric = metrics.metric
    where
        (kpi.aggregation = 'additive' or kpi.campaign = '') and not coalesce(kpi.is_provisional, false)
        -- A ratio of two metrics cannot slip by itself: they are judged, and a hit that moves one of them is no fault of it. Nor can a
        -- share of what was counted. Seconds can, and no metric but their average tells of them.
        and (kpi.numerator is null or (metrics.numerator is null and kpi.unit != '%'))
    group by kpi.metric, kpi.account_id, kpi.day
    having count(*) = count(kpi.value)
),

-- a count of nothing is put at half a one: its logarithm exists and is still far from any large number's
logged as (
    select
        *,
        case
            when value > 0 then ln(value)
            when value = 0 and applies_to in ('additive', 'unique') then ln(0.5)
        end as log_value,
        isodow(day) as weekday
    from numbers
),

expected as (
    select
        *,
        median(log_value) over eight_weeks as log_expected,
        count(log_value) over eight_weeks as weeks_known,
        count(*) over eight_weeks as weeks_told
    from logged
    window eight_weeks as (
        partition by metric, account_id, weekday
        order by day
        range between interval 56 days preceding and interval 1 day preceding
    )
),

-- money of nothing is a pause, and far from its usual only where this weekday never had one in these weeks
measured as (
    select
        *,
        case
            when weeks_known < 3 then null
            when value = 0 and applies_to = 'money' and weeks_known = weeks_told then ln(0.5) - log_expected
            else log_value - log_expected
        end as distance
    from expected
),

-- counts scatter by themselves: twenty of something is twenty give or take four
spread as (
    select
        *,
        sqrt(
            pow(1.4826 * median(abs(distance)) over last_weeks, 2) + pow(0.02, 2)
            + case when applies_to in ('additive', 'unique') then 1 / greatest(exp(log_expected), 0.5) else 0 end
        ) as scatter,
        count(distance) over last_weeks as days_known,
        max(day) over (partition by metric, account_id) as last_day
    from measured
    window last_weeks as (
        partition by metric, account_id
        order by day
        range between interval 56 days preceding and interval 1 day preceding
    )
)

select
    metric, account_id, applies_to, day, value, exp(log_expected) as expected, distance, scatter, days_known,
    case when days_known >= 7 then distance / scatter end as score,
    lag(value) over series as value_before, lag(day) over series as day_before,
    last_day, run.as_of, received_at, source_file
from spread
cross join {{ source('run', 'inputs') }} as run
window series as (partition by metric, account_id order by day)
