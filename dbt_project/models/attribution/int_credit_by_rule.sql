-- The one pass over journeys from which every rule is computed. What a rule gives a touch depends on its place and on the length of
-- its journey, so touches are counted by these first and weighed afterwards; only decay needs each touch's age.
with

models as ({{ models_of(rule_families()) }}),

-- A way without decay is read once as well, with no half-life. Models that decay differently count the same places: the first will do.
clocks as (
    select distinct
        way, half_life_days, dense_rank() over (partition by way order by half_life_days) = 1 as counts_places
    from models
    qualify half_life_days is not null or count(half_life_days) over (partition by way) = 0
),

weighed as (
    select
        clocks.way, clocks.half_life_days, clocks.counts_places, journeys.dimension, journeys.conversion_type, journeys.month,
        journeys.touches, journeys.value, journeys.steps,
        list_transform(journeys.ages, lambda age: {{ decay('age', 'clocks.half_life_days') }}) as weights
    from {{ ref('int_journeys') }} as journeys
    inner join clocks on journeys.way = clocks.way
    where journeys.converts
),

totalled as (select *, list_sum(weights) as total from weighed),

-- The total stands in a column of its own: divided inside the unnesting it would be added up again for every touch of the journey.
stepped as (select * exclude (steps, weights), unnest(steps) as step, unnest(weights) as weight from totalled),

counted as (
    select
        way, half_life_days, counts_places, dimension, conversion_type, month, touches, step,
        count(*) as conversions, count(*) - count(value) as unpriced,
        sum({{ as_share('weight / total') }}) as decayed_conversions,
        -- as fine as its parts: of two scales the coarser one would win and round the parts
        cast(coalesce(sum(value), 0) as decimal(38, 18)) as value,
        cast(coalesce(sum({{ part_of('value', as_share('weight / total')) }}), 0) as decimal(38, 18)) as decayed_value
    from stepped
    group by all
),

asked as (
    select models.model, models.family, models.first_share, models.last_share, cells.*
    from counted as cells
    inner join models
        on
            cells.way = models.way
            and if(models.family = 'time_decay', cells.half_life_days = models.half_life_days, cells.counts_places)
),

-- What decay has rounded is settled among the journeys of one length, with the first of their closing touches.
settled as (
    select
        *,
        {{ as_share(opening_share()) }} as opening, {{ as_share(middle_share()) }} as middle,
        row_number() over (length order by {{ closes('step') }} desc, step) = 1 as settles,
        sum(conversions) filter (where {{ closes('step') }}) over length - sum(decayed_conversions) over length as conversions_left,
        sum(value) filter (where {{ closes('step') }}) over length - sum(decayed_value) over length as value_left
    from asked
    window length as (partition by model, dimension, conversion_type, month, touches)
),

shared as (
    select *, {{ as_share(share_by_place()) }} as share from settled
),

earned as (
    select
        model, dimension, conversion_type, month, {{ member_at('step') }} as code, unpriced,
        case
            when family != 'time_decay' then conversions * share
            else decayed_conversions + if(settles, conversions_left, 0)
        end as conversions,
        case
            when family != 'time_decay' then {{ part_of('value', 'share') }}
            else decayed_value + if(settles, value_left, 0)
        end as value
    from shared
    where family = 'time_decay' or share > 0
)

select
    model, dimension, conversion_type, month, code, cast(sum(conversions) as decimal(38, 12)) as conversions,
    cast(sum(value) as decimal(38, 18)) as value, sum(unpriced) > 0 as is_unpriced
from earned
group by all
