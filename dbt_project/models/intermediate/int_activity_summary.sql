-- How often and how long the people of a period were there. The company's visits are its accounts' together, its people are not.
with

growth as (select * from {{ ref('int_growth') }}),

accounts as (select distinct account_id from growth where account_id != {{ the_company() }}),

visited as (select account_id from {{ ref('int_coverage') }} where shape = 'activity'),

-- Visits and time come with activity alone: a company of which one account only knows its buyers does not know its visits.
scopes as (
    select account_id, account_id as part from visited
    union all
    select {{ the_company() }}, account_id from visited where not exists (from accounts anti join visited using (account_id))
),

sessions as (
    select scopes.account_id, sessions.day, sum(sessions.visits) as visits
    from {{ ref('int_sessions') }} as sessions
    inner join scopes on sessions.account_id = scopes.part
    group by scopes.account_id, sessions.day
),

timed as (
    select scopes.account_id, hash(activity.person) as person, activity.day, cast(sum(activity.seconds) as decimal(38, 6)) as seconds
    from {{ ref('stg_activity') }} as activity
    inner join scopes on activity.account_id = scopes.part
    where activity.is_current and activity.seconds is not null
    group by all
),

clocks as (select distinct account_id from timed),

counted as (
    {% for kind in people_kinds() %}
    select
        '{{ kind }}' as period_kind, account_id, {{ period_of(kind, 'day') }} as period_start,
        sum(visits) as visits, null as seconds, null as people_timed, null as daily_active
    from sessions group by all
    union all
    select '{{ kind }}', account_id, {{ period_of(kind, 'day') }}, null, sum(seconds), count(distinct person), null
    from timed group by all
    union all
    select '{{ kind }}', account_id, {{ period_of(kind, 'period_start') }}, null, null, null, sum(active)
    from growth where period_kind = 'day' group by all
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

totals as (
    select
        period_kind, account_id, period_start, cast(sum(visits) as bigint) as visits, sum(seconds) as seconds,
        cast(sum(people_timed) as bigint) as people_timed, sum(daily_active) as daily_active
    from counted
    group by period_kind, account_id, period_start
),

summary as (
    select
        growth.account_id, growth.period_kind, growth.period_start, growth.active, growth.begins_known, growth.is_complete,
        totals.daily_active / date_diff('day', growth.period_start, growth.next_start) as mean_daily_active,
        visited.account_id is not null as knows_visits, clocks.account_id is not null as knows_time,
        if(knows_visits, coalesce(totals.visits, 0), null) as visits,
        if(knows_time, coalesce(totals.seconds, 0), null) as seconds,
        if(knows_time, coalesce(totals.people_timed, 0), null) as people_timed
    from growth
    left join totals using (period_kind, account_id, period_start)
    left join (select distinct account_id from scopes) as visited using (account_id)
    left join clocks using (account_id)
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
    case when not knows_visits then 'not_fed' when active = 0 then 'no_denominator' end as visits_missing_reason,
    cast(seconds as decimal(38, 6)) as seconds, people_timed,
    case when people_timed > 0 then cast(seconds as double) / people_timed end as seconds_per_person,
    case when not knows_time then 'not_reported' when people_timed = 0 then 'no_denominator' end as seconds_missing_reason,
    is_complete
from summary
