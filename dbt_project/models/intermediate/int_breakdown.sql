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
)

select
    metric, class, account_id, campaign, post, day, dimension, member, cast(value as decimal(38, 6)) as value, unit, aggregation,
    received_at, source_file
from (select * from members union all by name select * from unexplained)
