{% set journey = "look_back_days, journey_resets, collapse_repeats, conversion" -%}
-- Models that look equally far back and read repeats alike walk the same journey: it is laid out once, not once a model.
with

rules as (
    select distinct look_back_days, journey_resets, collapse_repeats from ({{ rule_models() }})
),

walked as (
    select rules.*, paths.*
    from {{ ref('int_paths') }} as paths
    inner join rules on paths.age_days <= rules.look_back_days and not (rules.journey_resets and paths.has_served)
),

-- Of a run of one channel the touch nearest to the conversion stays.
followed as (
    select *, lead(channel) over (partition by {{ journey }} order by touch_number) as next_channel from walked
),

kept as (
    select * exclude (next_channel)
    from followed
    where not (collapse_repeats and next_channel is not distinct from channel)
),

placed as (
    select
        *,
        row_number() over (partition by {{ journey }} order by touch_number) as position,
        count(*) over (partition by {{ journey }}) as touches,
        min(age_days) over (partition by {{ journey }}) as freshest_age_days
    from kept
),

journeys as (
    select
        *,
        -- a journey of nothing but direct visits has no other touch to credit: then it is the last
        coalesce(max(position) filter (where not is_direct) over (partition by {{ journey }}), touches) as last_non_direct
    from placed
)

select * from journeys
