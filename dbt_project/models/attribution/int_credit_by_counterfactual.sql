-- What a path would have converted at without a member, against what it did: each path divides its own conversions by the losses.
-- Known from Google's fractribution, which calls it a simplified Shapley value. It is none: coalitions are only ever the whole path
-- and the path less one member, so the losses need not add up to anything and are scaled, and order decides what a path is.
with

models as ({{ models_of(['counterfactual']) }}),

paths as (
    select
        way, dimension, conversion_type, path, coalesce(sum(journeys) filter (where converts), 0) as conversions,
        coalesce(sum(journeys) filter (where converts), 0) / sum(journeys) as rate
    from {{ ref('int_path_sets') }}
    where way in (select way from models)
    group by all
),

met as (select *, unnest(list_distinct(path)) as code from paths where conversions > 0),

-- A path that was never walked converts at nothing, and a path that converts better without a member has lost nothing by it.
removed as (
    select
        met.way, met.dimension, met.conversion_type, met.path, met.code, met.path[-1] = met.code as is_last,
        greatest(met.rate - coalesce(paths.rate, 0), 0) as loss
    from met
    left join paths
        on
            met.way = paths.way and met.dimension = paths.dimension and met.conversion_type = paths.conversion_type
            and list_filter(met.path, lambda member: member != met.code) = paths.path
),

compared as (
    select *, sum(loss) over (partition by way, dimension, conversion_type, path order by code
        rows between unbounded preceding and unbounded following) as losses
    from removed
),

-- Where nobody is missed the last touch takes all; otherwise it takes what rounding leaves.
divided as (
    select *, {{ as_share('coalesce(loss / nullif(losses, 0), 0)') }} as rounded from compared
),

shared as (
    select
        * exclude (rounded, loss, losses, is_last),
        rounded + if(is_last, 1 - sum(rounded) over (partition by way, dimension, conversion_type, path), 0) as share
    from divided
),

earned as (
    select
        models.model, shared.dimension, shared.conversion_type, counted.month, shared.code, counted.unpriced,
        counted.journeys * {{ as_share('shared.share') }} as conversions,
        {{ part_of('counted.value', as_share('shared.share')) }} as value
    from shared
    inner join models on shared.way = models.way
    inner join {{ ref('int_path_sets') }} as counted
        on
            shared.way = counted.way and shared.dimension = counted.dimension and shared.conversion_type = counted.conversion_type
            and shared.path = counted.path and counted.converts
    where shared.share > 0
)

select
    model, dimension, conversion_type, month, code, cast(sum(conversions) as decimal(38, 12)) as conversions,
    cast(sum(value) as decimal(38, 18)) as value, sum(unpriced) > 0 as is_unpriced
from earned
group by all
