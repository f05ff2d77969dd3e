-- A feed is stale when it used to come and its last known day lies further back than its own habit explains. A first delivery is no
-- habit, an account that was closed is not late, and a feed that never came is not known to be due.
with

steps as (
    select
        *,
        delivered_on - lag(delivered_on) over (partition by account_id, feed, shape order by delivered_on) as gap_days,
        -- a platform that counts the running day is not early by it
        greatest(delivered_on - 1 - newest_day, 0) as lag_days
    from {{ ref('int_deliveries') }}
),

ranked as (
    select account_id, feed, shape, 'gap' as habit, gap_days as days from steps where gap_days is not null
    union all
    select account_id, feed, shape, 'lag', lag_days from steps where lag_days is not null
),

covering as (
    select *, cume_dist() over (partition by account_id, feed, shape, habit order by days) as covered from ranked
),

-- What nearly all deliveries kept to: one pause of a holiday does not make the next silence a habit.
habits as (
    select
        covering.account_id, covering.feed, covering.shape,
        min(covering.days) filter (where covering.habit = 'gap') as usual_gap_days,
        min(covering.days) filter (where covering.habit = 'lag') as usual_lag_days
    from covering
    inner join {{ source('rules', 'freshness_rules') }} as rules
        on covering.feed = rules.feed and covering.covered >= rules.usual_share
    group by covering.account_id, covering.feed, covering.shape
),

reached as (
    select
        account_id, feed, shape, cast(count(*) as integer) as deliveries,
        max(delay_days) as platform_delay_days, max(newest_day) as newest_day, max(received_at) as received_at
    from steps
    group by account_id, feed, shape
),

known as (
    select
        reached.account_id, reached.feed, reached.shape, reached.deliveries, reached.received_at,
        cast(habits.usual_gap_days as integer) as usual_gap_days,
        cast(
            greatest(reached.platform_delay_days, coalesce(habits.usual_lag_days, 0)) + coalesce(rules.grace_days, 0) as integer
        ) as delay_days,
        least(coalesce(reached.newest_day, coverage.last_complete_day), run.as_of) as last_day,
        reached.deliveries >= rules.least_deliveries and coalesce(accounts.valid_to > run.as_of, true) as is_expected,
        run.as_of
    from reached
    inner join {{ source('rules', 'freshness_rules') }} as rules on reached.feed = rules.feed
    cross join {{ source('run', 'inputs') }} as run
    left join habits
        on reached.account_id = habits.account_id and reached.feed = habits.feed and reached.shape = habits.shape
    left join {{ ref('int_coverage') }} as coverage
        on reached.account_id = coverage.account_id and reached.shape = coverage.shape
    left join {{ source('rules', 'accounts') }} as accounts on reached.account_id = accounts.account_id
),

judged as (
    select
        *,
        cast(greatest(as_of - last_day - 1, 0) as integer) as stale_days,
        coalesce(is_expected and as_of - last_day > usual_gap_days + delay_days, false) as is_stale
    from known
)

select
    account_id, feed, shape, deliveries, last_day, usual_gap_days, delay_days, stale_days,
    case when is_stale then last_day + 1 end as stale_since,
    is_stale, received_at
from judged
