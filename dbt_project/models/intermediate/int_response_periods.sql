-- The typical case of a day or month, by nearest rank: an answer still owed is longer than every one given, so it stays among those ranked.
with

dated as (
    {% for kind in ['day', 'month'] %}
    select *, '{{ kind }}' as period_kind, cast(date_trunc('{{ kind }}', day) as date) as period_start
    from {{ ref('int_response_times') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

grouped as (
    select
        account_id, clock, kind, period_kind, period_start, target_minutes,
        count(*) as n, count(minutes) as n_done,
        count(*) filter (where minutes is null) as n_open,
        count(*) filter (where is_pending) as n_pending,
        count(*) filter (where is_met) as n_met,
        count(*) filter (where is_fast) as n_fast,
        count(*) filter (where is_slow) as n_slow,
        count(*) filter (where is_overdue) as n_overdue,
        list(minutes order by minutes) filter (where minutes is not null) as times
    from dated
    group by all
)

select
    grouped.* exclude (times, n_met), if(target_minutes is null, null, n_met) as n_within_target,
    -- of a list, what lies beyond its end is null: so many are open that the rank falls among them
    times[cast(ceil(0.5 * (n - n_pending)) as integer)] as p50_minutes,
    times[cast(ceil(0.9 * (n - n_pending)) as integer)] as p90_minutes
from grouped
