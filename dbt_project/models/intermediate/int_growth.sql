{% set kinds = ['day', 'week', 'month'] -%}
-- Every person of a period is new, stayed or came back; every person of the period before stayed or left. Nobody is neither.
with

days as (select * from {{ ref('int_activity_days') }}),

spans as (select * from {{ ref('int_people_spans') }}),

{% for kind in kinds %}
{{ kind }}_visits as (
    select distinct account_id, person, cast(date_trunc('{{ kind }}', day) as date) as period_start from days
),

{{ kind }}_steps as (
    select
        account_id, period_start,
        date_diff('{{ kind }}', lag(period_start) over visits, period_start) as since_before,
        date_diff('{{ kind }}', period_start, lead(period_start) over visits) as until_next
    from {{ kind }}_visits
    window visits as (partition by account_id, person order by period_start)
),

{{ kind }}_moves as (
    select
        account_id, period_start,
        count(*) filter (where since_before is null) as new_users,
        count(*) filter (where since_before = 1) as retained,
        count(*) filter (where since_before > 1) as resurrected,
        count(*) filter (where until_next is distinct from 1) as leaving,
        count(*) as active
    from {{ kind }}_steps
    group by account_id, period_start
),

{{ kind }}_periods as (
    select
        *,
        cast(
            unnest(generate_series(date_trunc('{{ kind }}', first_day), last_day, interval 1 {{ kind }})) as date
        ) as period_start
    from spans
),

{{ kind }}_growth as (
    select
        periods.account_id, '{{ kind }}' as period_kind, periods.period_start,
        coalesce(moves.new_users, 0) as new_users, coalesce(moves.retained, 0) as retained,
        coalesce(moves.resurrected, 0) as resurrected,
        -- who leaves is missed in the period after the last visit
        coalesce(
            lag(moves.leaving) over (partition by periods.account_id order by periods.period_start), 0
        ) as churned,
        coalesce(moves.active, 0) as active,
        coalesce(
            periods.period_start >= periods.first_day
            and periods.period_start + interval 1 {{ kind }} <= periods.last_complete_day + 1, false
        ) as is_complete
    from {{ kind }}_periods as periods
    left join {{ kind }}_moves as moves using (account_id, period_start)
),

{% endfor %}
growth as (
    {% for kind in kinds %}
    select * from {{ kind }}_growth
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from growth
