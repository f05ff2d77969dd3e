-- Shapley values of the game in which a set of members wins every conversion that only they touched: such a game is a sum of games of
-- one conversion each, in which all who touched it are alike and nobody else matters. So a conversion is divided equally among its
-- distinct members, which is exact whatever their number.
with

models as ({{ models_of(['shapley']) }}),

sets as (
    select
        way, dimension, conversion_type, month, list_sort(list_distinct(path)) as members,
        sum(journeys) as conversions, sum(value) as value, sum(unpriced) as unpriced
    from {{ ref('int_path_sets') }}
    where converts
    group by all
),

met as (
    select
        way, dimension, conversion_type, month, conversions, value, unpriced, len(members) as touches,
        unnest(members) as code, unnest(range(1, len(members) + 1)) as position
    from sets
),

-- The same arithmetic as a journey that meets each of them once: equal parts, and the last takes what rounding leaves.
placed as (
    select
        models.model, models.first_share, models.last_share, 'linear' as family, met.*,
        {{ step('met.code', 'met.position', 'met.touches', '0') }} as step
    from met
    inner join models on met.way = models.way
),

opened as (
    select *, {{ as_share(opening_share()) }} as opening, {{ as_share(middle_share()) }} as middle from placed
),

shared as (
    select *, {{ as_share(share_by_place()) }} as share from opened
)

select
    model, dimension, conversion_type, month, code, cast(sum(conversions * share) as decimal(38, 12)) as conversions,
    cast(sum({{ part_of('value', 'share') }}) as decimal(38, 18)) as value, sum(unpriced) > 0 as is_unpriced
from shared
group by all
