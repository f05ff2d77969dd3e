-- How far each reported number lies from what the same weekday of the last eight weeks makes one expect, in logarithms: a cent taken
-- for a euro is the same distance in a small account and a large one. Medians throughout, so the odd day does not teach the next one.
with

numbers as (
    select
        metric, account_id, day, if(any_value(unit) = 'money', 'money', any_value(aggregation)) as applies_to,
        sum(value)::double as value, max(received_at) as received_at, arg_max(source_file, received_at) as source_file
    from {{ ref('int_kpi') }}
    where
        (aggregation = 'additive' or campaign = '') and not coalesce(is_provisional, false)
        -- a ratio of two numbers cannot slip by itself: they are judged, and a hit that moves one of them is no fault of it
        and numerator is null
    group by metric, account_id, day
    having count(*) = count(value)
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
