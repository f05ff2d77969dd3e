-- Shapley values of the game in which a set of members wins every conversion that only they touched: such a game is a sum of games of
-- one conversion each, in which all who touched it are alike and nobody else matters. So a conversion is divided equally among its
-- distinct members, which is exact whatever their number.
with

models as ({{ models_of(['shapley']) }}),

journeys as (
    select way, dimension, conversion_type, month, value, path
    from {{ ref('int_journeys') }}
    where converts and way in (select way from models)
),

few as (select dimension, max(code) < 63 as is_few from {{ ref('int_members') }} group by dimension),

-- A set of few members is a number with a bit for each, which is found and grouped several times faster than a list.
grouped as (
    select
        journeys.way, journeys.dimension, journeys.conversion_type, journeys.month,
        case when few.is_few then list_bit_or(list_transform(journeys.path, lambda code: 1::bigint << code)) end as bits,
        case when not few.is_few then list_sort(list_distinct(journeys.path)) end as listed,
        count(*) as conversions, coalesce(sum(journeys.value), 0) as value, count(*) - count(journeys.value) as unpriced
    from journeys
    inner join few on journeys.dimension = few.dimension
    group by all
),

sets as (
    select * exclude (bits, listed), coalesce(listed, list_filter(range(63), lambda code: bits >> code & 1 = 1)) as members from grouped
),

met as (
    select
        way, dimension, conversion_type, month, conversions, value, unpriced, len(members) as touches,
        unnest(members) as code, unnest(range(1, len(members) + 1)) as position
    from sets
),

-- Met by as many others in the same place: decimals are multiplied once for all of them.
counted as (
    select
        way, dimension, conversion_type, month, code, touches, {{ place('position', 'touches', '0') }} as place,
        sum(conversions) as conversions, sum(value) as value, sum(unpriced) as unpriced
    from met
    group by all
),

-- The same arithmetic as a journey that meets each of them once: equal parts, and the last takes what rounding leaves.
placed as (
    select models.model, models.first_share, models.last_share, 'linear' as family, counted.*
    from counted
    inner join models on counted.way = models.way
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
