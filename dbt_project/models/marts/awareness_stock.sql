-- What is still remembered of the exposure of the last months, if half of it is forgotten every so many days. A modelled quantity:
-- it is compared with nothing but itself, and added to nothing.
with

rules as (
    select
        max(value) filter (where rule = 'half_life_days') as half_life_days,
        max(value) filter (where rule = 'longest_lag_days') as longest_lag_days
    from {{ source('rules', 'bridge_rules') }}
),

heard as (select metric, day, value from {{ ref('int_bridge_days') }} where role = 'awareness'),

spans as (select metric, min(day) as first_day from heard group by metric),

remembered as (
    select
        today.metric, today.day, rules.half_life_days,
        cast(sum(round(earlier.value::double * pow(0.5, (today.day - earlier.day) / rules.half_life_days), 6)) as decimal(38, 6)) as stock,
        -- counted over the days that memory reaches back to, so a day left out is seen
        count(earlier.value) as known_days,
        least(rules.longest_lag_days, today.day - any_value(spans.first_day)) + 1 as days
    from heard as today
    cross join rules
    inner join spans on today.metric = spans.metric
    inner join heard as earlier
        on today.metric = earlier.metric and earlier.day between today.day - cast(rules.longest_lag_days as integer) and today.day
    group by today.metric, today.day, rules.half_life_days, rules.longest_lag_days
)

select
    metric as awareness_metric, cast(day as date) as day, stock, half_life_days,
    cast(days - known_days as bigint) as missing_days,
    case when stock is null then 'not_reported' end as missing_reason
from remembered
