-- A channel is silent when it stays away several times longer than in any pause of the eight weeks before, while its account goes on: the
-- tag of one campaign falls off a page, and in the total it does not show. Longer than those weeks it is not silent but gone.
with

days as (select distinct account_id, channel, day from {{ ref('stg_touches') }} where is_current),

paused as (
    select
        account_id, channel, day,
        max(day) over (partition by account_id, channel) as last_day,
        day - lag(day) over (partition by account_id, channel order by day) as pause_days
    from days
),

habits as (
    select
        account_id, channel, last_day, cast(count(*) as integer) as days_heard,
        cast(max(pause_days) as integer) as longest_pause_days
    from paused
    where day > last_day - 56
    group by account_id, channel, last_day
),

known as (
    select
        habits.*, cast(greatest(coverage.last_complete_day - habits.last_day, 0) as integer) as silent_days,
        rules.channel_least_days, rules.channel_pauses
    from habits
    inner join {{ ref('int_coverage') }} as coverage on habits.account_id = coverage.account_id and coverage.shape = 'touches'
    inner join {{ source('rules', 'freshness_rules') }} as rules on rules.channel_pauses is not null
),

judged as (
    select
        *,
        coalesce(
            days_heard >= channel_least_days and silent_days > channel_pauses * longest_pause_days and silent_days <= 56, false
        ) as is_silent
    from known
)

select
    account_id, channel, last_day, days_heard, longest_pause_days, silent_days,
    case when is_silent then last_day + 1 end as silent_since,
    is_silent
from judged
