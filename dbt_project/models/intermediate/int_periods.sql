-- Every day, week and month from an account's first to its last known day, quiet ones included, and whether all of it is known.
with

spans as (select * from {{ ref('int_people_spans') }}),

periods as (
    {% for kind in people_kinds() %}
    select
        account_id, first_day, last_complete_day, '{{ kind }}' as period_kind,
        cast(unnest(generate_series({{ period_of(kind, 'first_day') }}, last_day, interval 1 {{ kind }})) as date) as period_start,
        cast(period_start + interval 1 {{ kind }} as date) as next_start
    from spans
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    account_id, period_kind, period_start, next_start,
    row_number() over (partition by account_id, period_kind order by period_start) as place,
    period_start >= first_day as begins_known,
    coalesce(next_start <= last_complete_day + 1, false) as ends_known
from periods
