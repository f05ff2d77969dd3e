-- What a path would have converted at without a member, against what it did: each path divides its own conversions by the losses.
-- Known from Google's fractribution, which calls it a simplified Shapley value. It is none: coalitions are only ever the whole path
-- and the path less one member, so the losses need not add up to anything and are scaled, and order decides what a path is.
with

models as ({{ models_of(['counterfactual']) }}),

shared as (
    select * exclude (codes, shares), unnest(codes) as code, unnest(shares) as share
    from {{ ref('int_path_shares') }}
),

earned as (
    select
        models.model, shared.dimension, shared.conversion_type, shared.month, shared.code, shared.unpriced,
        shared.journeys * {{ as_share('shared.share') }} as conversions,
        {{ part_of('shared.value', as_share('shared.share')) }} as value
    from shared
    inner join models on shared.way = models.way
    where shared.share > 0
)

select
    model, dimension, conversion_type, month, code, cast(sum(conversions) as decimal(38, 12)) as conversions,
    cast(sum(value) as decimal(38, 18)) as value, sum(unpriced) > 0 as is_unpriced
from earned
group by all
