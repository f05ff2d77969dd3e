-- Every touch that any model could credit: as far back as the longest look-back. What a model leaves out of it is its own affair.
with

reach as (select max(look_back_days) as days from {{ source('rules', 'attribution_models') }}),

touches as (select * from {{ ref('stg_touches') }} where is_current),

conversions as (
    select conversions.*, conversions.at_utc - to_days(cast(reach.days as integer)) as since
    from {{ ref('int_conversions') }} as conversions
    cross join reach
),

met as (
    select
        conversions.conversion, touches.at_utc as touched_at, touches.day,
        touches.account_id, touches.delivery_order, touches.line,
        touches.channel, touches.campaign, touches.function, touches.is_direct,
        (epoch_us(conversions.at_utc) - epoch_us(touches.at_utc)) / 86400e6 as age_days,
        coalesce(touches.at_utc <= conversions.previous_order_at, false) as has_served
    from conversions
    inner join touches
        on
            conversions.person = touches.person
            and touches.at_utc between conversions.since and conversions.at_utc
),

paths as (
    select
        conversion,
        -- Of touches at the same instant the line of the file decides. One order of all touches: a partition a conversion costs several
        -- times as much.
        row_number() over (order by conversion, touched_at, account_id, delivery_order, line, channel)
        - rank() over (order by conversion) + 1 as touch_number,
        touched_at, day, channel, campaign, function, is_direct, age_days, has_served
    from met
)

select * from paths
