-- The person-days counted once: day by day first, and the days summed into weeks and months, where a person counts on one day only
-- (the first of the period that saw him, or the last when it is about leaving).
{% set kinds = people_kinds() -%}
with

daily as (
    select
        account_id, first_day, day,
        count(*) filter (where next_day is null) as last_seen,
        {% for kind in kinds %}
        {% set this = period_index(kind, 'day') %}
        count(*) filter (where previous_day is null or {{ period_index(kind, 'previous_day') }} < {{ this }}) as {{ kind }}_active,
        count(*) filter (where {{ period_index(kind, 'previous_day') }} = {{ this }} - 1) as {{ kind }}_stayed,
        count(*) filter (
            where next_day is null or {{ period_index(kind, 'next_day') }} > {{ this }} + 1
        ) as {{ kind }}_leaving{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('int_activity_days') }}
    group by account_id, first_day, day
),

moves as (
    {% for kind in kinds %}
    select
        account_id, '{{ kind }}' as period_kind,
        {{ period_of(kind, 'first_day') }} as cohort_start, {{ period_of(kind, 'day') }} as period_start,
        sum({{ kind }}_active) as active, sum({{ kind }}_stayed) as stayed, sum({{ kind }}_leaving) as leaving,
        sum(last_seen) as last_seen
    from daily
    group by all
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    account_id, period_kind, cohort_start, period_start,
    cast(active as bigint) as active, cast(stayed as bigint) as stayed, cast(leaving as bigint) as leaving,
    cast(last_seen as bigint) as last_seen
from moves
