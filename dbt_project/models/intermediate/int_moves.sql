-- The person-days counted once: a person counts in each day, week and month that holds one of his days, in the stretch that has the first.
{% set kinds = people_kinds() -%}
with

-- Laid down, like the parts below: read twice, a row must have one number.
cohorts as materialized (
    select account_id, first_day, row_number() over () as cohort
    from (select distinct account_id, first_day from {{ ref('int_activity_days') }})
),

people as materialized (
    select people.*, cohorts.cohort
    from {{ ref('int_activity_days') }} as people
    inner join cohorts using (account_id, first_day)
),

calendar as (
    select stretch, unnest(range({{ stretch_days() }})) as place, {{ day_of('stretch', 'place') }} as day
    from (select distinct stretch from people)
),

-- Which period a day is in: worked out once a day, not once a person and day.
starts as (
    {% for kind in kinds %}
    {% set start = period_of(kind, 'day') %}
    select
        '{{ kind }}' as period_kind, stretch, place, day, {{ start }} as period_start,
        cast({{ start }} - interval 1 {{ kind }} as date) as period_before
    from calendar
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

parts as (
    select period_kind, stretch, period_start, period_before, bit_or({{ bit_of('place') }}) as days
    from starts
    group by all
),

numbered as materialized (
    select parts.*, coalesce(earlier.days, 0) as days_before, row_number() over () as part
    from parts
    left join parts as earlier
        on parts.period_kind = earlier.period_kind and parts.stretch = earlier.stretch and parts.period_before = earlier.period_start
),

-- A cohort and a part are one whole number: one is grouped several times faster than three columns.
counted as (
    select
        (people.cohort << 32) | numbered.part as cohort_and_part, count(*) as active,
        count(*) filter (where people.days & numbered.days_before != 0 or people.previous_day >= numbered.period_before) as stayed
    from people
    inner join numbered
        on
            people.stretch = numbered.stretch and people.days & numbered.days != 0
            and people.previous_day < numbered.period_start
    group by cohort_and_part
),

latest as (
    select account_id, first_day, last_day, count(*) as last_seen from people where is_latest group by account_id, first_day, last_day
),

dated as (
    select
        cohorts.account_id, cohorts.first_day, numbered.period_kind, numbered.period_start, numbered.period_before, counted.active,
        counted.stayed, 0 as last_seen
    from counted
    inner join cohorts on counted.cohort_and_part >> 32 = cohorts.cohort
    inner join numbered on counted.cohort_and_part & 4294967295 = numbered.part
    union all
    select latest.account_id, latest.first_day, starts.period_kind, starts.period_start, starts.period_before, 0, 0, latest.last_seen
    from latest
    inner join starts on latest.last_day = starts.day
),

moves as (
    select
        dated.account_id, dated.period_kind, starts.period_start as cohort_start, dated.period_start, dated.period_before,
        cast(sum(dated.active) as bigint) as active, cast(sum(dated.stayed) as bigint) as stayed,
        cast(sum(dated.last_seen) as bigint) as last_seen
    from dated
    inner join starts on dated.first_day = starts.day and dated.period_kind = starts.period_kind
    group by all
)

-- Whoever is there in the next period as well stayed; the others leave.
select
    account_id, period_kind, cohort_start, period_start, active, stayed, last_seen,
    active - if(lead(period_before) over onward = period_start, lead(stayed) over onward, 0) as leaving
from moves
window onward as (partition by account_id, period_kind, cohort_start order by period_start)
