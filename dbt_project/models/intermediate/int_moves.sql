-- The person-days counted once: day by day first, and the days summed into weeks and months, where a person counts on one day only
-- (the first of the period that saw him, or the last when it is about leaving).
{% set kinds = people_kinds() -%}
with

people as (select * from {{ ref('int_activity_days') }}),

-- Before the first day and after the last lie days too far away to be in a neighbouring period.
stepped as (
    select
        account_id, days[1] as first_day,
        unnest([date '0001-01-01'] || days[:-2]) as previous_day,
        unnest(days) as day,
        unnest(days[2:] || [date '9999-12-31']) as next_day
    from people
),

-- Where the period of a day begins, the one before it and the one after the next: worked out once a day, not once a person and day.
calendar as (
    select
        day,
        {% for kind in kinds %}
        {% set start = period_of(kind, 'day') %}
        {{ start }} as {{ kind }}_start, cast({{ start }} - interval 1 {{ kind }} as date) as {{ kind }}_before,
        cast({{ start }} + interval 2 {{ kind }} as date) as {{ kind }}_after_next{{ ',' if not loop.last }}
        {% endfor %}
    from (select distinct unnest(days) as day from people)
),

daily as (
    select
        stepped.account_id, stepped.first_day, stepped.day,
        count(*) filter (where stepped.next_day = date '9999-12-31') as last_seen,
        {% for kind in kinds %}
        count(*) filter (where stepped.previous_day < calendar.{{ kind }}_start) as {{ kind }}_active,
        count(*) filter (
            where stepped.previous_day < calendar.{{ kind }}_start and stepped.previous_day >= calendar.{{ kind }}_before
        ) as {{ kind }}_stayed,
        count(*) filter (where stepped.next_day >= calendar.{{ kind }}_after_next) as {{ kind }}_leaving{{ ',' if not loop.last }}
        {% endfor %}
    from stepped
    inner join calendar on stepped.day = calendar.day
    group by stepped.account_id, stepped.first_day, stepped.day
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
