-- The account book of an audience: what it opened with, who came, who left, what it closed with, and what does not add up.
with

parts as (
    -- a part that is missing for one campaign makes the account's day missing: a sum of what is left would look whole
    select
        counts.account_id, counts.day, metrics.measure,
        case when count(*) = count(counts.value) then cast(sum(counts.value) as decimal(38, 0)) end as followers
    from {{ ref('int_daily_counts') }} as counts
    inner join {{ source('rules', 'metrics') }} as metrics using (metric)
    where metrics.measure in ('followers.closing', 'followers.gained', 'followers.lost')
    group by counts.account_id, counts.day, metrics.measure
),

spans as (
    select
        account_id, min(day) as first_day, max(day) as last_day,
        count(followers) filter (where measure = 'followers.closing') > 0 as has_snapshot
    from parts
    group by account_id
),

days as (
    select account_id, has_snapshot, cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date) as day
    from spans
),

reported as (
    select
        days.account_id, days.has_snapshot, days.day,
        any_value(parts.followers) filter (where parts.measure = 'followers.closing') as closing,
        any_value(parts.followers) filter (where parts.measure = 'followers.gained') as gained,
        any_value(parts.followers) filter (where parts.measure = 'followers.lost') as lost
    from days
    left join parts using (account_id, day)
    group by days.account_id, days.has_snapshot, days.day
),

opened as (
    select
        *,
        last_value(closing ignore nulls) over earlier as opening,
        max(day) filter (where closing is not null) over earlier as opening_day
    from reported
    window earlier as (partition by account_id order by day rows between unbounded preceding and 1 preceding)
),

balanced as (
    select
        *,
        -- an opening older than the evening before is shown but not balanced: the flows of the days between are not in this row
        case when opening_day = day - 1 then opening + gained - lost - closing end as residual,
        case when opening_day = day - 1 then closing - opening end as net
    from opened
),

explained as (
    select
        account_id, day, opening, opening_day, gained, lost, closing, net, residual, has_snapshot,
        case
            when residual is not null then null
            when not has_snapshot then 'no_snapshot'
            when closing is not null and opening is null then 'first_snapshot'
            else 'not_reported'
        end as missing_reason
    from balanced
)

select * from explained
