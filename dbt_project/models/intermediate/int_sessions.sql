with

activity as (select * from {{ ref('stg_activity') }} where is_current),

-- Where the platform names the session its name is taken, as its person's: platforms number them anew for everybody.
named as (
    select account_id, min(at_utc) as started_at
    from activity
    where session is not null
    group by account_id, person, session
),

-- Elsewhere a pause of more than thirty minutes begins a new one.
visited as (
    select account_id, person, list_sort(list(at_utc)) as instants from activity where session is null group by account_id, person
),

followed as (
    select account_id, unnest(instants) as started_at, unnest([cast(null as timestamp)] || instants[:-2]) as previous_at from visited
),

paused as (
    select account_id, started_at
    from followed
    where previous_at is null or started_at > previous_at + interval 30 minute
),

-- Clocks change on whole minutes, so what began in one minute began on one day, and the zone is asked once a minute.
started as (
    select account_id, date_trunc('minute', started_at) as started_at, count(*) as visits
    from (select account_id, started_at from named union all select account_id, started_at from paused)
    group by all
)

-- A session belongs to the day on which it began, so that days add up to the sessions there were.
select
    started.account_id, {{ company_day('started.started_at', 'run.time_zone') }} as day,
    cast(sum(started.visits) as bigint) as visits
from started
cross join {{ source('run', 'inputs') }} as run
group by all
