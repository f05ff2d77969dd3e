-- What a path would have converted at without a member, against what it did: each path divides its own conversions by the losses.
-- Known from Google's fractribution, which calls it a simplified Shapley value. It is none: coalitions are only ever the whole path
-- and the path less one member, so the losses need not add up to anything and are scaled, and order decides what a path is.
with

models as ({{ models_of(['counterfactual']) }}),

rated as (
    select
        way, dimension, conversion_type, path, coalesce(sum(journeys) filter (where converts), 0) as conversions,
        coalesce(sum(journeys) filter (where converts), 0) / sum(journeys) as rate
    from {{ ref('int_path_sets') }}
    where way in (select way from models)
    group by all
),

-- Numbered, because paths are long keys: what is compared within a path is compared by its number. Laid down, so that it has but one.
paths as materialized (select *, row_number() over () as path_number from rated),

met as (select *, unnest(list_distinct(path)) as code from paths where conversions > 0),

-- A path that was never walked converts at nothing, and a path that converts better without a member has lost nothing by it.
removed as (
    select
        met.path_number, met.code, met.path[-1] = met.code as is_last,
        greatest(met.rate - coalesce(paths.rate, 0), 0) as loss
    from met
    left join paths
        on
            met.way = paths.way and met.dimension = paths.dimension and met.conversion_type = paths.conversion_type
            and list_filter(met.path, lambda member: member != met.code) = paths.path
),

-- Whole numbers add up the same in any order; asked for an order within every path, doubles take ten times as long.
compared as (
    select *, sum(cast(loss * 1e18 as bigint)) over (partition by path_number) / 1e18 as losses from removed
),

-- Where nobody is missed the last touch takes all; otherwise it takes what rounding leaves.
divided as (
    select *, {{ as_share('coalesce(loss / nullif(losses, 0), 0)') }} as rounded from compared
),

shared as (
    select
        path_number, code, rounded + if(is_last, 1 - sum(rounded) over (partition by path_number), 0) as share
    from divided
),

months as (
    select paths.path_number, paths.way, paths.dimension, paths.conversion_type, counted.month, counted.journeys, counted.value, counted.unpriced
    from {{ ref('int_path_sets') }} as counted
    inner join paths
        on
            counted.way = paths.way and counted.dimension = paths.dimension and counted.conversion_type = paths.conversion_type
            and counted.path = paths.path
    where counted.converts
),

earned as (
    select
        models.model, months.dimension, months.conversion_type, months.month, shared.code, months.unpriced,
        months.journeys * {{ as_share('shared.share') }} as conversions,
        {{ part_of('months.value', as_share('shared.share')) }} as value
    from months
    inner join shared on months.path_number = shared.path_number
    inner join models on months.way = models.way
    where shared.share > 0
)

select
    model, dimension, conversion_type, month, code, cast(sum(conversions) as decimal(38, 12)) as conversions,
    cast(sum(value) as decimal(38, 18)) as value, sum(unpriced) > 0 as is_unpriced
from earned
group by all
