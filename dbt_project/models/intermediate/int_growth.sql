-- Every person of a period is new, stayed or came back; every person of the period before stayed or left. Nobody is neither.
with

moves as (
    select
        account_id, period_kind, period_start,
        sum(active) as active, sum(stayed) as retained, sum(leaving) as leaving,
        sum(active) filter (where cohort_start = period_start) as new_users
    from {{ ref('int_moves') }}
    group by account_id, period_kind, period_start
),

growth as (
    select
        periods.account_id, periods.period_kind, periods.period_start,
        cast(coalesce(moves.new_users, 0) as bigint) as new_users,
        cast(coalesce(moves.retained, 0) as bigint) as retained,
        cast(coalesce(moves.active - moves.retained - coalesce(moves.new_users, 0), 0) as bigint) as resurrected,
        -- who leaves is missed in the period after the last visit
        cast(coalesce(lag(moves.leaving) over periods_of_account, 0) as bigint) as churned,
        cast(coalesce(moves.active, 0) as bigint) as active,
        periods.next_start, periods.begins_known, periods.begins_known and periods.ends_known as is_complete
    from {{ ref('int_periods') }} as periods
    left join moves using (account_id, period_kind, period_start)
    window periods_of_account as (partition by periods.account_id, periods.period_kind order by periods.period_start)
)

select * from growth
