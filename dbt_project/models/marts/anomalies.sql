-- What looks wrong, with what would have looked right. The number itself stands as delivered: nobody corrects it by guess.
with

found as (
    select * from {{ ref('int_anomaly_levels') }}
    union all by name
    select * from {{ ref('int_anomaly_counters') }}
),

-- The strongest word about a day: a lasting change of unit says more than a slip, a slip more than a new level, that more than one day.
told as (
    select *
    from found
    qualify row_number() over (
        partition by metric, account_id, day, kind in ('counter_backwards', 'cumulative_as_daily')
        order by list_position(['unit_change', 'unit_slip', 'level_shift', 'spike', 'drop', 'counter_backwards', 'cumulative_as_daily'], kind)
    ) = 1
)

select
    told.metric, told.account_id, cast(told.day as date) as day, told.kind,
    told.expected, told.observed, told.factor, told.score, told.policy,
    -- news: of the newest days of its series. What was published long ago must not hold a night for ever
    told.day > told.last_day - cast(told.recent_days as integer)
    and told.received_at >= told.as_of - cast(told.recent_days as integer) as is_recent,
    acknowledged.approved_by is not null as is_acknowledged,
    acknowledged.reason as acknowledged_reason, acknowledged.approved_by,
    told.source_file, told.received_at
from told
left join {{ source('rules', 'acknowledged') }} as acknowledged
    on
        told.metric = acknowledged.metric and told.account_id = acknowledged.account_id
        and told.day = acknowledged.day and told.kind = acknowledged.kind
