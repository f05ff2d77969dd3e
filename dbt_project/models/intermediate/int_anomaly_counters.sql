-- Counters that do what counters cannot: run backwards, or stand in the place of the days they add up.
with

series as (select * from {{ ref('int_anomaly_series') }}),

rules as (select * from {{ source('rules', 'anomaly_rules') }}),

lost as (
    select account_id, day, sum(lost) as lost from {{ ref('int_follower_ledger') }} group by account_id, day
),

-- a lifetime counter that fell leaves a negative day; a stock of followers may fall by what is known to have left it. A stock that is
-- wished to fall (approvals a decision needs) counts nothing up.
backwards as (
    select
        series.*, 'counter_backwards' as kind,
        if(series.applies_to = 'additive', 0, series.value_before) as foreseen,
        rules.policy, rules.recent_days
    from series
    inner join rules on rules.kind = 'counter_backwards' and series.applies_to = rules.applies_to
    left join {{ source('rules', 'metrics') }} as metrics on series.metric = metrics.metric
    left join lost
        on metrics.measure = 'followers.closing' and series.account_id = lost.account_id and series.day = lost.day
    where
        case
            when series.applies_to = 'additive' then series.value < 0
            when series.applies_to = 'stock' and metrics.direction = 'down' then false
            else series.value * rules.least_ratio < series.value_before - coalesce(lost.lost, 0)
        end
),

-- days of growth that never falls, each step of the size that a whole day used to have
steps as (
    select
        series.*, rules.policy, rules.recent_days, rules.least_ratio, rules.sustained_days,
        count(*) filter (where series.value > series.value_before) over run as rising,
        count(*) over run as looked_at,
        median(series.value - series.value_before) over run as usual_step,
        first_value(series.expected) over run as expected_before
    from series
    inner join rules on rules.kind = 'cumulative_as_daily' and series.applies_to = rules.applies_to
    window run as (
        partition by series.metric, series.account_id
        order by series.day
        rows between 9 preceding and current row
    )
),

cumulative as (
    select
        * exclude (rising, looked_at, usual_step, expected_before, least_ratio, sustained_days),
        'cumulative_as_daily' as kind, expected_before as foreseen
    from steps
    where
        looked_at >= sustained_days and rising = looked_at and value >= least_ratio * expected_before
        and usual_step between expected_before / 2 and expected_before * 2 and expected_before >= 20
)

select
    metric, account_id, day, kind, applies_to, cast(foreseen as double) as expected, value as observed,
    cast(null as double) as factor, score, policy, recent_days, last_day, as_of, received_at, source_file
from backwards
union all
select
    metric, account_id, day, kind, applies_to, cast(foreseen as double), value, null, score, policy, recent_days, last_day, as_of, received_at,
    source_file
from cumulative
