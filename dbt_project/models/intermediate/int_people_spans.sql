-- From when to when an account's people are known, and up to which day nothing more can arrive.
with

seen as (
    select account_id, min(day) as first_day, max(day) as last_seen_day
    from {{ ref('int_activity_days') }}
    group by account_id
),

-- Activity is the fuller record: where an account delivers it, a quiet order feed must not hold back what activity has settled.
complete as (
    select account_id, arg_min(last_complete_day, if(shape = 'activity', 1, 2)) as last_complete_day
    from {{ ref('int_coverage') }}
    where shape in ('activity', 'orders')
    group by account_id
),

spans as (
    select
        seen.account_id, seen.first_day, complete.last_complete_day,
        greatest(seen.last_seen_day, complete.last_complete_day) as last_day
    from seen
    left join complete using (account_id)
)

select * from spans
