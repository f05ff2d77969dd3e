{# How far each kind is followed; a hundred years of months is all of them. #}
{% set horizons = {'day': 90, 'week': 78, 'month': 1200} -%}
-- Two readings of "came back": in exactly that period (classic), in that period or any later one (rolling).
-- Neither joins a table to itself: classic counts the periods a person was seen in, rolling only needs the last of them.
with

days as (select * from {{ ref('int_activity_days') }}),

spans as (select * from {{ ref('int_people_spans') }}),

people as (
    select account_id, person, min(day) as first_day, max(day) as last_day
    from days
    group by account_id, person
),

{% for kind, horizon in horizons.items() %}
{{ kind }}_people as (
    select
        account_id, person, cast(date_trunc('{{ kind }}', first_day) as date) as cohort_start,
        date_diff('{{ kind }}', date_trunc('{{ kind }}', first_day), date_trunc('{{ kind }}', last_day)) as last_number
    from people
),

{{ kind }}_seen as (
    select distinct
        days.account_id, days.person, people.cohort_start,
        -- from start to start: the difference in weeks between two days counts sevens, not Mondays
        date_diff('{{ kind }}', people.cohort_start, date_trunc('{{ kind }}', days.day)) as period_number
    from days
    inner join {{ kind }}_people as people using (account_id, person)
    where date_diff('{{ kind }}', people.cohort_start, date_trunc('{{ kind }}', days.day)) <= {{ horizon }}
),

{{ kind }}_classic as (
    select account_id, cohort_start, period_number, count(*) as people from {{ kind }}_seen group by all
),

{{ kind }}_last_seen as (
    select account_id, cohort_start, least(last_number, {{ horizon }}) as period_number, count(*) as people
    from {{ kind }}_people
    group by all
),

{{ kind }}_cohorts as (
    select
        people.account_id, people.cohort_start, count(*) as cohort_size, spans.last_complete_day,
        date_diff('{{ kind }}', people.cohort_start, date_trunc('{{ kind }}', spans.last_day)) as last_number
    from {{ kind }}_people as people
    inner join spans using (account_id)
    group by all
),

{{ kind }}_grid as (
    select *, unnest(generate_series(0, least(last_number, {{ horizon }}))) as period_number from {{ kind }}_cohorts
),

{{ kind }}_matrix as (
    select
        grid.account_id, '{{ kind }}' as period_kind, grid.cohort_start, grid.period_number, grid.cohort_size,
        coalesce(classic.people, 0) as classic,
        sum(coalesce(last_seen.people, 0)) over (
            partition by grid.account_id, grid.cohort_start order by grid.period_number desc
        ) as rolling,
        -- the whole period is known, not only its first days
        coalesce(
            grid.cohort_start + to_{{ kind }}s(cast(grid.period_number + 1 as integer)) <= grid.last_complete_day + 1, false
        ) as is_mature
    from {{ kind }}_grid as grid
    left join {{ kind }}_classic as classic using (account_id, cohort_start, period_number)
    left join {{ kind }}_last_seen as last_seen using (account_id, cohort_start, period_number)
),

{% endfor %}
matrix as (
    {% for kind in horizons %}
    select * from {{ kind }}_matrix
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

defined as (
    {% for definition in ['classic', 'rolling'] %}
    select
        account_id, period_kind, cohort_start, period_number, '{{ definition }}' as definition, cohort_size,
        {{ definition }} as retained, is_mature
    from matrix
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from defined
