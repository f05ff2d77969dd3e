-- How often and how long the people of a period were there. The company's visits are its accounts' together, its people are not.
with

growth as (select * from {{ ref('int_growth') }}),

active_days as (
    {% for kind in people_kinds() %}
    select '{{ kind }}' as period_kind, account_id, {{ period_of(kind, 'period_start') }} as period_start, sum(active) as daily_active
    from growth where period_kind = 'day' group by all
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

summary as (
    select
        growth.*, visits.visits, visits.seconds, visits.people_timed,
        active_days.daily_active / date_diff('day', growth.period_start, growth.next_start) as mean_daily_active
    from growth
    left join active_days using (account_id, period_kind, period_start)
    left join {{ ref('int_visits') }} as visits using (account_id, period_kind, period_start)
)

select
    account_id, period_kind, period_start, active,
    case when is_complete then mean_daily_active end as mean_daily_active,
    case when is_complete and active > 0 then mean_daily_active / active end as stickiness,
    case
        when not begins_known then 'before_first_record'
        when not is_complete then 'provisional'
        when active = 0 then 'no_denominator'
    end as stickiness_missing_reason,
    visits,
    case when active > 0 then visits / active end as visits_per_person,
    case when visits is null then 'not_fed' when active = 0 then 'no_denominator' end as visits_missing_reason,
    seconds, people_timed,
    case when people_timed > 0 then cast(seconds as double) / people_timed end as seconds_per_person,
    case when seconds is null then 'not_reported' when people_timed = 0 then 'no_denominator' end as seconds_missing_reason,
    is_complete
from summary
