-- From when to when an account's people are known, and up to which day nothing more can arrive.
with

seen as (
    select accounts.account_id, min(returns.first_day) as first_day, max(returns.day) as last_seen_day
    from {{ ref('int_returns') }} as returns
    inner join {{ ref('int_people_accounts') }} as accounts using (account)
    group by accounts.account_id
),

-- Activity is the fuller record: where an account delivers it, a quiet order feed must not hold back what activity has settled.
complete as (
    select account_id, arg_min(last_complete_day, if(shape = 'activity', 1, 2)) as last_complete_day
    from {{ ref('int_coverage') }}
    where shape in ('activity', 'orders')
    group by account_id
),

-- An account that was closed after its last record holds nobody back.
accounts as (
    select
        complete.account_id, complete.last_complete_day,
        coalesce(bool_or(named.valid_to is null or named.valid_to > complete.last_complete_day + 1), true) as is_open
    from complete
    inner join seen using (account_id)
    left join {{ source('rules', 'accounts') }} as named using (account_id)
    group by complete.account_id, complete.last_complete_day
),

-- The company is known as far as all of its accounts are.
everybody as (
    select * exclude (is_open) from accounts
    union all
    select
        {{ the_company() }} as account_id,
        coalesce(min(last_complete_day) filter (where is_open), max(last_complete_day)) as last_complete_day
    from accounts
    having count(*) > 1
),

spans as (
    select
        seen.account_id, seen.first_day, everybody.last_complete_day,
        greatest(seen.last_seen_day, everybody.last_complete_day) as last_day
    from seen
    left join everybody using (account_id)
)

select * from spans
