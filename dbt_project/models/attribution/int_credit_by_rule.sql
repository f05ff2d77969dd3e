-- The one pass over journeys from which every rule is computed. What a rule gives a touch depends on its place and on the length of
-- its journey, so touches are counted by these first and weighed afterwards; only decay needs each touch's age.
with

models as ({{ models_of(rule_families()) }}),

-- A way without decay is read once as well, with no half-life. Models that decay differently count the same places: the first will do.
half_lives as (
    select distinct
        way, half_life_days, dense_rank() over (partition by way order by half_life_days) = 1 as counts_places
    from models
    qualify half_life_days is not null or count(half_life_days) over (partition by way) = 0
),

clocks as (select *, row_number() over (order by way, half_life_days) as clock from half_lives),

weighed as (
    select
        clocks.clock, journeys.dimension, journeys.conversion_type, journeys.month, journeys.touches, journeys.value, journeys.steps,
        list_transform(journeys.ages, lambda age: {{ decay('age', 'clocks.half_life_days') }}) as weights
    from {{ ref('int_journeys') }} as journeys
    inner join clocks on journeys.way = clocks.way
    where journeys.converts
),

totalled as (select *, list_sum(weights) as total, cast(value as double) as worth from weighed),

-- The total stands in a column of its own: divided inside the unnesting it would be added up again for every touch of the journey.
stepped as (select * exclude (steps, weights), unnest(steps) as step, unnest(weights) as weight from totalled),

-- What decay gives is rounded touch by touch, to as many digits as a share has: decimals add up the same in any order.
counted as (
    select
        clock, dimension, conversion_type, month, touches, step,
        count(*) as conversions, count(*) - count(value) as unpriced,
        sum({{ as_share('weight / total') }}) as decayed_conversions,
        coalesce(sum(value), 0) as value,
        coalesce(sum(cast(weight / total * worth as decimal(38, 12))), 0) as decayed_value
    from stepped
    group by all
),

asked as (
    select models.model, models.family, models.first_share, models.last_share, cells.*
    from counted as cells
    inner join clocks on cells.clock = clocks.clock
    inner join models
        on
            clocks.way = models.way
            and if(models.family = 'time_decay', clocks.half_life_days = models.half_life_days, clocks.counts_places)
),

-- Touches so old that they share nothing in twelve digits bring nothing either, or there would be money of no conversion.
weighty as (
    select
        * replace (
            if(decayed_conversions > 0, decayed_value, 0) as decayed_value, if(decayed_conversions > 0, unpriced, 0) as unpriced
        )
    from asked
    where family = 'time_decay'
),

-- What decay has rounded is settled among the journeys of one length, with the first of their closing touches.
decayed as (
    select
        model, dimension, conversion_type, month, {{ member_at('step') }} as code, unpriced,
        row_number() over (length order by {{ closes('step') }} desc, step) = 1 as settles,
        decayed_conversions + if(
            settles, sum(conversions) filter (where {{ closes('step') }}) over length - sum(decayed_conversions) over length, 0
        ) as conversions,
        decayed_value + if(
            settles,
            sum(cast(value as decimal(38, 12))) filter (where {{ closes('step') }}) over length - sum(decayed_value) over length, 0
        ) as value
    from weighty
    window length as (partition by model, dimension, conversion_type, month, touches)
),

-- A share is the same for all who stood in that place of so many: it is worked out once for them.
places as (
    select distinct model, family, first_share, last_share, touches, {{ place_at('step') }} as place from asked where family != 'time_decay'
),

opened as (
    select *, {{ as_share(opening_share()) }} as opening, {{ as_share(middle_share()) }} as middle from places
),

shared as (
    select model, touches, place, {{ as_share(share_by_place()) }} as share from opened
),

earned as (
    select
        asked.model, asked.dimension, asked.conversion_type, asked.month, {{ member_at('asked.step') }} as code, asked.unpriced,
        asked.conversions * shared.share as conversions, {{ part_of('asked.value', 'shared.share') }} as value
    from asked
    inner join shared
        on asked.model = shared.model and asked.touches = shared.touches and {{ place_at('asked.step') }} = shared.place
    where shared.share > 0
    union all by name
    -- as fine as the others: of two scales the coarser one would win and round them
    select * exclude (settles) replace (cast(value as decimal(38, 18)) as value) from decayed
)

select
    model, dimension, conversion_type, month, code, cast(sum(conversions) as decimal(38, 12)) as conversions,
    cast(sum(value) as decimal(38, 18)) as value, sum(unpriced) > 0 as is_unpriced
from earned
group by all
having sum(conversions) > 0
