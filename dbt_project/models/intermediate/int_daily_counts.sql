with

counted as (select * from {{ ref('int_counted') }} where is_current),

-- A lifetime counter says how much there ever was: the day's number is what it grew by; what shrank stays as a correction.
grown as (
    select
        * exclude (value),
        case
            when not is_lifetime then value
            when lag(value) over series is not null then value - lag(value) over series
            -- a post's counter starts at zero on the day it is published; an account's does not
            when post != '' then value
        end as value
    from counted
    window series as (
        partition by account_id, metric, campaign, post, dimension, member, is_lifetime
        order by day
    )
),

priced as (
    select
        * exclude (value),
        {{ in_company_currency('value') }} as value,
        case
            when value is null then 'first_snapshot'
            when currency is not null and rate_to_company is null then 'no_rate'
        end as missing_reason
    from grown
),

reduced as (
    select
        metric, account_id, campaign, day, aggregation,
        count(*) as parts,
        count(value) as known_parts,
        sum(value) as total,
        min(missing_reason) as part_missing_reason,
        bool_or(currency is not null) as is_money,
        max(received_at) as received_at,
        arg_max(source_file, delivery_order) as source_file,
        -- a platform's newest days still grow: a day younger than its delay when the export was taken is not final
        arg_max(cast(received_at as date) - delay_days <= day, delivery_order) as is_provisional
    from priced
    group by metric, account_id, campaign, day, aggregation
),

valued as (
    select
        metric, account_id, campaign, day, received_at, source_file, is_money, is_provisional,
        -- a sum of the parts that have a rate would look whole and be too small
        case when known_parts = parts and (parts = 1 or aggregation = 'additive') then cast(total as decimal(38, 6)) end as value,
        case
            when known_parts < parts then part_missing_reason
            -- people reached by two posts may be the same people: no sum is true
            when parts > 1 and aggregation != 'additive' then 'not_additive'
        end as missing_reason
    from reduced
),

spans as (
    select metric, account_id, min(day) as first_day, max(day) as last_day from valued group by metric, account_id
),

spine as (
    select metric, account_id, cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date) as day from spans
),

-- A day that the platform left out is missing. It is not zero: a zero would read as "nobody saw it".
left_out as (
    select
        spine.metric, spine.account_id, '' as campaign, spine.day,
        cast(null as timestamp) as received_at, cast(null as varchar) as source_file,
        false as is_money, false as is_provisional, cast(null as decimal(38, 6)) as value, 'not_reported' as missing_reason
    from spine
    anti join valued using (metric, account_id, day)
)

select * from valued
union all
select * from left_out
