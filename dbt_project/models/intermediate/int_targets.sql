-- What would have been reached by now at an even pace. The night runs in the morning, so the run date itself has not passed yet.
with

dated as (
    select
        targets.*, metrics.aggregation, metrics.direction,
        cast(targets.period_start + cast('1 ' || targets.period_kind as interval) as date) as period_end
    from {{ source('rules', 'targets') }} as targets
    inner join {{ source('rules', 'metrics') }} as metrics using (metric)
),

elapsed as (
    select
        dated.*, dated.period_end - dated.period_start as period_days,
        greatest(0, least(run.as_of, dated.period_end) - dated.period_start) as days_gone
    from dated
    cross join {{ source('run', 'inputs') }} as run
)

select
    profile, department, metric, direction, period_kind, period_start, target, days_gone, period_days,
    case
        when days_gone = 0 then null
        -- only what adds up is reached in parts; followers and ratios are where they should be all the time
        when aggregation = 'additive' then target * days_gone / period_days
        else target
    end as expected_by_now
from elapsed
