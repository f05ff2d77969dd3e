-- Every touch that any model could credit: as far back as the longest look-back. What a model leaves out of it is its own affair.
with

reach as (select max(look_back_days) as days from {{ source('rules', 'attribution_models') }}),

touches as (select * from {{ ref('stg_touches') }} where is_current),

conversions as (select * from {{ ref('int_conversions') }}),

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
            and touches.at_utc >= conversions.at_utc - to_days(cast((select days from reach) as integer))
            and touches.at_utc <= conversions.at_utc
),

paths as (
    select
        conversion,
        -- of touches at the same instant the line of the file decides
        row_number() over (
            partition by conversion order by touched_at, account_id, delivery_order, line, channel
        ) as touch_number,
        touched_at, day, channel, campaign, function, is_direct, age_days, has_served
    from met
)

select * from paths
