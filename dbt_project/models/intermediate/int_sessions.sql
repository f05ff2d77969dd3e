with

activity as (select * from {{ ref('stg_activity') }} where is_current),

-- Where the platform names the session its name is taken; elsewhere a pause of thirty minutes begins a new one.
marked as (
    select
        account_id, person, at_utc, day, session,
        session is null
        and at_utc > coalesce(
            lag(at_utc) over (partition by account_id, person, session is null order by at_utc) + interval 30 minute,
            at_utc - interval 1 microsecond
        ) as begins
    from activity
),

named as (select account_id, session as session_key, min(at_utc) as started_at from marked where session is not null group by all),

paused as (select account_id, person as session_key, at_utc as started_at from marked where begins),

started as (select * from named union all select * from paused)

-- A session belongs to the day on which it began, so that days add up to the sessions there were.
select started.account_id, started.session_key, started.started_at, {{ company_day('started.started_at', 'run.time_zone') }} as day
from started
cross join {{ source('run', 'inputs') }} as run
