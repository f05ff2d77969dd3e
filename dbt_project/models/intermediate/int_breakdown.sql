-- What a platform broke its own total down into, and what the breakdown does not explain as a line of its own.
with

parts as (
    select counts.*, metrics.class, metrics.unit, metrics.aggregation
    from {{ ref('stg_counts') }} as counts
    inner join {{ source('rules', 'metrics') }} as metrics using (metric)
    inner join {{ source('rules', 'accounts') }} as accounts using (account_id)
    cross join {{ source('run', 'inputs') }} as run
    where counts.is_current and not counts.is_lifetime and counts.day <= run.as_of
),

members as (
    select
        metric, class, account_id, campaign, post, day, dimension,
        -- a platform may have a member of that very name: it is not the rest
        if(member = 'unattributed', 'unattributed (so named)', member) as member,
        value, unit, aggregation, received_at, source_file
    from parts
    where dimension != ''
),

explained as (
    select metric, class, account_id, campaign, post, day, dimension, unit, aggregation, sum(value) as value
    from members
    -- people in two countries may be the same people: only what adds up leaves a rest that means something
    where aggregation = 'additive'
    group by all
),

unexplained as (
    select
        explained.metric, explained.class, explained.account_id, explained.campaign, explained.post, explained.day, explained.dimension,
        'unattributed' as member, totals.value - explained.value as value, explained.unit, explained.aggregation,
        totals.received_at, totals.source_file
    from explained
    inner join parts as totals
        on
            totals.dimension = '' and explained.metric = totals.metric and explained.account_id = totals.account_id
            and explained.campaign = totals.campaign and explained.post = totals.post and explained.day = totals.day
),

-- A report of the account and one of its campaigns: less than nothing is left over where the campaigns cannot all be the account's.
campaigns as (
    select
        counted.metric, metrics.class, counted.account_id, '' as campaign, '' as post, counted.day, 'campaign' as dimension,
        case
            when not counted.is_part then 'unattributed'
            when counted.campaign = 'unattributed' then 'unattributed (so named)'
            else counted.campaign
        end as member,
        sum(counted.value) as value, metrics.unit, counted.aggregation,
        max(counted.received_at) as received_at, arg_max(counted.source_file, counted.delivery_order) as source_file
    from {{ ref('int_counted') }} as counted
    inner join {{ source('rules', 'metrics') }} as metrics using (metric)
    cross join {{ source('run', 'inputs') }} as run
    where (counted.is_part or counted.is_whole) and counted.is_current and not counted.is_lifetime and counted.day <= run.as_of
    group by all
),

divided as (
    select
        * exclude (explained, has_whole)
        replace (if(member = 'unattributed', value - explained, value) as value)
    from (
        select
            *,
            sum(value) filter (where member != 'unattributed') over (partition by metric, account_id, day) as explained,
            bool_or(member = 'unattributed') over (partition by metric, account_id, day) as has_whole
        from campaigns
    )
    where explained is not null and has_whole
)

select
    metric, class, account_id, campaign, post, day, dimension, member, cast(value as decimal(38, 6)) as value, unit, aggregation,
    received_at, source_file
from (select * from members union all by name select * from unexplained union all by name select * from divided)
