with

-- Where the platform names the session its name is taken, as its person's: platforms number them anew for everybody.
named as (
    select account_id, min(at_utc) as started_at
    from {{ ref('stg_activity') }}
    where is_current and session is not null
    group by account_id, hash(person), session
),

-- Clocks change on whole minutes, so what began in one minute began on one day, and the zone is asked once a minute.
started as (
    select account_id, epoch_us(started_at) // 60000000 as minute, count(*) as visits
    from named
    group by all
    union all
    select account_id, minute, visits from {{ ref('int_visits_begun') }}
)

-- A session belongs to the day on which it began, so that days add up to the sessions there were.
select
    started.account_id, cast({{ company_time('make_timestamp(started.minute * 60000000)', 'run.time_zone') }} as date) as day,
    cast(sum(started.visits) as bigint) as visits
from started
cross join {{ source('run', 'inputs') }} as run
group by all
