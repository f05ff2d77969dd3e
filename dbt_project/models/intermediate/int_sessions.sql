with

activity as not materialized (
    select hash(account_id) as account, hash(account_id, person) as visitor, epoch_us(at_utc) as at_us, session
    from {{ ref('stg_activity') }}
    where is_current
),

-- Where the platform names the session its name is taken, as its person's: platforms number them anew for everybody.
named as (
    select account, min(at_us) as started_us
    from activity
    where session is not null
    group by account, visitor, session
),

-- Elsewhere a pause of more than thirty minutes begins a new one. One order of all instants, because a partition a person costs twice as much.
followed as (
    select account, visitor, at_us, lag(visitor) over instants as previous_visitor, lag(at_us) over instants as previous_us
    from activity
    where session is null
    window instants as (order by visitor, at_us)
),

paused as (
    select account, at_us as started_us
    from followed
    where previous_visitor is distinct from visitor or at_us - previous_us > 30 * 60 * 1000000
),

-- Clocks change on whole minutes, so what began in one minute began on one day, and the zone is asked once a minute.
started as (
    select account, make_timestamp(started_us // 60000000 * 60000000) as started_at, count(*) as visits
    from (select account, started_us from named union all select account, started_us from paused)
    group by account, started_us // 60000000
),

accounts as (select distinct account_id from {{ ref('stg_files') }})

-- A session belongs to the day on which it began, so that days add up to the sessions there were.
select
    accounts.account_id, {{ company_day('started.started_at', 'run.time_zone') }} as day,
    cast(sum(started.visits) as bigint) as visits
from started
inner join accounts on started.account = hash(accounts.account_id)
cross join {{ source('run', 'inputs') }} as run
group by all
