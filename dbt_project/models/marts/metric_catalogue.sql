with

-- What is counted or modelled in a table of its own is fed where that table says something.
tables as (
    select 'assists.conversions' as measure from {{ ref('assists') }}
    union
    select 'bridge.stock' from {{ ref('awareness_stock') }} where stock is not null
),

fed as (
    select metric from {{ ref('kpi_daily') }} where value is not null
    union
    select metrics.metric from {{ source('rules', 'metrics') }} as metrics
    inner join tables using (measure)
)

select
    metrics.metric, metrics.code, metrics.class, metrics.function, metrics.unit, metrics.grain, metrics.aggregation, metrics.direction,
    metrics.null_policy, metrics.horizon, metrics.lands_in_product_data,
    metrics.surface, metrics.feed, metrics.measure, metrics.numerator, metrics.denominator, metrics.multiplier, metrics.lowest, metrics.highest,
    cast(metrics.definition_version as integer) as definition_version, metrics.valid_from, metrics.valid_to,
    metrics.name_en, metrics.name_zh, metrics.name_es, metrics.name_ko, metrics.description,
    fed.metric is not null as is_fed,
    if(is_fed, 'fed', 'not_fed') as feed_state
from {{ source('rules', 'metrics') }} as metrics
left join fed using (metric)
