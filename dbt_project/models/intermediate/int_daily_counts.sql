with

current_counts as (select * from {{ ref('int_counted') }} where is_current),

-- What a post says of its days is in its counter, too: the counter's own is what they leave over.
counted as (
    select
        * replace (
            value - if(
                is_lifetime and post != '',
                coalesce(sum(if(is_lifetime, 0, value)) over (partition by account_id, metric, campaign, post order by day), 0), 0
            ) as value
        )
    from current_counts
),

-- A lifetime counter says how much there ever was: the day's number is what it grew by; what shrank stays as a correction.
grown as (
    select
        * exclude (value),
        case
            when not is_lifetime then value
            when lag(value) over series is not null then value - lag(value) over series
            -- a post's counter starts at zero on the day it is published; an account's does not
            when post != '' then value
        end as value,
        lag(day) over series as counted_until
    from counted
    window series as (
        partition by account_id, metric, campaign, post, dimension, member, is_lifetime
        order by day
    )
),

told_days as (select distinct account_id, metric, campaign, day from counted where post = '' and not is_lifetime),

-- What an account says of its days holds what its posts grew by on them: it would count twice.
untold as (
    select grown.* exclude (counted_until) from grown where not is_lifetime or post = ''
    union all by name
    select grown.* exclude (counted_until)
    from (select * from grown where is_lifetime and post != '') as grown
    asof left join told_days
        on
            grown.account_id = told_days.account_id
            and grown.metric = told_days.metric
            and grown.campaign = told_days.campaign
            and grown.day >= told_days.day
    where told_days.day is null or told_days.day <= grown.counted_until
),

priced as (
    select
        * exclude (value),
        {{ in_company_currency('value') }} as value,
        case
            when value is null then 'first_snapshot'
            when currency is not null and rate_to_company is null then 'no_rate'
        end as missing_reason
    from untold
),

reduced as (
    select
        metric, account_id, campaign, day, aggregation, is_part,
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
    group by metric, account_id, campaign, day, aggregation, is_part
),

valued as (
    select
        metric, account_id, campaign, day, is_part, received_at, source_file, is_money, is_provisional,
        -- a sum of the parts that have a rate would look whole and be too small
        case when known_parts = parts and (parts = 1 or aggregation = 'additive') then cast(total as decimal(38, 6)) end as value,
        case
            when known_parts < parts then part_missing_reason
            -- people reached by two posts may be the same people: no sum is true
            when parts > 1 and aggregation != 'additive' then 'not_additive'
        end as missing_reason
    from reduced
),

explained as (
    select metric, account_id, day, if(count(value) = count(*), sum(value), null) as value, min(missing_reason) as missing_reason
    from valued
    where is_part
    group by metric, account_id, day
),

-- The account's own number stands: its campaigns, and what they leave over as a line of its own. Campaigns that add up to more than
-- the account cannot all be its parts; then they stand, and a guard names the days.
divided as (
    select
        valued.metric, valued.account_id, valued.day, valued.received_at, valued.source_file, valued.is_money, valued.is_provisional,
        explained.metric is not null and not valued.is_part as is_rest,
        case
            when is_rest then 'unattributed'
            when valued.is_part and valued.campaign = 'unattributed' then 'unattributed (so named)'
            else valued.campaign
        end as campaign,
        if(is_rest and explained.value > valued.value, 0, valued.value - if(is_rest, explained.value, 0)) as value,
        coalesce(valued.missing_reason, if(is_rest, explained.missing_reason, null)) as missing_reason
    from valued
    left join explained using (metric, account_id, day)
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
        spine.metric, spine.account_id, spine.day, cast(null as timestamp) as received_at, cast(null as varchar) as source_file,
        false as is_money, false as is_provisional, false as is_rest,
        '' as campaign, cast(null as decimal(38, 6)) as value, 'not_reported' as missing_reason
    from spine
    anti join valued using (metric, account_id, day)
)

select * from divided where not is_rest or value is distinct from 0
union all
select * from left_out
