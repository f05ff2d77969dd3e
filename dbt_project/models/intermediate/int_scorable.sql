{{ config(materialized='view') }}
select
    kpi.*, metrics.function, metrics.direction, metrics.multiplier, metrics.grain,
    -- a ratio adds up over time and accounts only through parts that add up themselves
    case
        -- a rate of a month is no rate of a quarter, and not of two accounts
        when metrics.numerator is null then metrics.measure is not null and metrics.grain not like '%month%'
        else top.aggregation = 'additive' and below.aggregation = 'additive'
    end as parts_add_up
from {{ ref('int_kpi') }} as kpi
inner join {{ source('rules', 'metrics') }} as metrics using (metric)
left join {{ source('rules', 'metrics') }} as top on metrics.numerator = top.metric
left join {{ source('rules', 'metrics') }} as below on metrics.denominator = below.metric
