-- One conversion divided among its touches, in every model that divides by rule. A conversion that nobody touched is credited to
-- nobody, in a row of its own: left out, the credited would add up to less than was sold.
with

models as ({{ rule_models() }}),

conversions as (select * from {{ ref('int_conversions') }}),

asked as (
    select models.model, models.family, models.half_life_days, models.first_share, models.last_share, journeys.*
    from {{ ref('int_journeys') }} as journeys
    inner join models using (look_back_days, journey_resets, collapse_repeats)
),

undecayed as (
    select *, null::double as decay_before, null::double as decay_so_far, null::double as decay_total
    from asked
    where family != 'time_decay'
),

weighed as (
    select
        *,
        sum({{ decay('age_days', 'freshest_age_days', 'half_life_days') }}) over (
            partition by model, conversion order by position rows between unbounded preceding and current row
        ) as decay_so_far
    from asked
    where family = 'time_decay'
),

decayed as (
    select
        * exclude (decay_so_far),
        lag(decay_so_far, 1, 0.0) over path as decay_before, decay_so_far,
        max(decay_so_far) over (partition by model, conversion) as decay_total
    from weighed
    window path as (partition by model, conversion order by position)
),

earned as (
    select
        model, conversion, touch_number, channel, campaign,
        {{ as_share(earned_up_to('(position - 1)', 'decay_before')) }} as before,
        {{ as_share(earned_up_to('position', 'decay_so_far')) }} as so_far
    from (select * from undecayed union all by name select * from decayed)
),

shared as (
    select
        earned.model, earned.conversion, earned.touch_number, earned.channel, earned.campaign,
        earned.so_far - earned.before as share,
        {{ value_up_to('conversions.value', 'earned.so_far') }} - {{ value_up_to('conversions.value', 'earned.before') }} as value
    from earned
    inner join conversions using (conversion)
    where earned.so_far != earned.before
),

untouched as (
    select
        models.model, conversions.conversion, 0 as touch_number, null as channel, null as campaign,
        {{ as_share('1') }} as share, {{ value_up_to('conversions.value', '1') }} as value
    from conversions
    cross join models
    anti join earned using (model, conversion)
),

credited as (
    select * from shared
    union all by name
    select * from untouched
)

select
    credited.model, conversions.conversion_type, conversions.month, credited.conversion, credited.touch_number,
    credited.channel, credited.campaign, credited.share, credited.value
from credited
inner join conversions using (conversion)
