with

fed as (
    select metric from {{ ref('kpi_daily') }}
    where value is not null
    group by metric
),

-- Assists are counted in a ledger of their own: it feeds the metrics that are counted per function.
ledger as (select count(*) > 0 as is_kept from {{ ref('assists') }})

select
    metrics.metric, metrics.code, metrics.class, metrics.function, metrics.unit, metrics.grain, metrics.aggregation, metrics.direction,
    metrics.null_policy, metrics.horizon, metrics.lands_in_product_data,
    metrics.surface, metrics.feed, metrics.measure, metrics.numerator, metrics.denominator, metrics.multiplier, metrics.lowest, metrics.highest,
    cast(metrics.definition_version as integer) as definition_version, metrics.valid_from, metrics.valid_to,
    metrics.name_en, metrics.name_zh, metrics.name_es, metrics.name_ko, metrics.description,
    fed.metric is not null or (ledger.is_kept and metrics.grain like 'function/%') as is_fed,
    if(is_fed, 'fed', 'not_fed') as feed_state
from {{ source('rules', 'metrics') }} as metrics
cross join ledger
left join fed using (metric)
