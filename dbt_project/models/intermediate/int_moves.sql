-- People counted in each day, week and month that holds one of their days: on the first of them, which is a return from outside of it.
{% set kinds = people_kinds() -%}
with

returns as not materialized (select * from {{ ref('int_returns') }}),

-- Which period a day is in: worked out once a day.
calendar as (
    select
        day,
        {% for kind in kinds %}
        {{ period_of(kind, 'day') }} as {{ kind }}_start, cast({{ kind }}_start - interval 1 {{ kind }} as date) as {{ kind }}_before
        {{- ',' if not loop.last }}
        {% endfor %}
    from (select distinct day from returns)
),

arrived as (
    select
        account, first_day, day, sum(people) as people,
        {% for kind in kinds %}
        sum(people) filter (where previous_day is null or previous_day < {{ kind }}_start) as {{ kind }}_active,
        sum(people) filter (where previous_day >= {{ kind }}_before and previous_day < {{ kind }}_start) as {{ kind }}_stayed
        {{- ',' if not loop.last }}
        {% endfor %}
    from returns
    inner join calendar using (day)
    group by account, first_day, day
),

-- Whoever is seen again was not last seen.
returned as (
    select account, first_day, previous_day as day, sum(people) as people
    from returns
    where previous_day is not null
    group by account, first_day, previous_day
),

days as (
    select arrived.*, arrived.people - coalesce(returned.people, 0) as last_seen
    from arrived
    left join returned using (account, first_day, day)
),

dated as (
    {% for kind in kinds %}
    select
        accounts.account_id, '{{ kind }}' as period_kind, born.{{ kind }}_start as cohort_start, calendar.{{ kind }}_start as period_start,
        calendar.{{ kind }}_before as period_before, days.{{ kind }}_active as active, days.{{ kind }}_stayed as stayed, days.last_seen
    from days
    inner join calendar using (day)
    inner join calendar as born on days.first_day = born.day
    inner join {{ ref('int_people_accounts') }} as accounts using (account)
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

moves as (
    select
        account_id, period_kind, cohort_start, period_start, period_before,
        cast(sum(active) as bigint) as active, cast(coalesce(sum(stayed), 0) as bigint) as stayed, cast(sum(last_seen) as bigint) as last_seen
    from dated
    group by all
)

-- Whoever is there in the next period as well stayed; the others leave.
select
    account_id, period_kind, cohort_start, period_start, active, stayed, last_seen,
    active - if(lead(period_before) over onward = period_start, lead(stayed) over onward, 0) as leaving
from moves
window onward as (partition by account_id, period_kind, cohort_start order by period_start)
