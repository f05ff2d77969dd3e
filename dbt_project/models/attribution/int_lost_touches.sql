-- Touches that led to no conversion of a kind by the run date. They are the journeys that did not convert, which removal effects
-- need: without them every chain ends in a sale and every removal looks fatal.
with

touches as (select * from {{ ref('stg_touches') }} where is_current),

conversions as (select * from {{ ref('int_conversions') }}),

kinds as (select distinct conversion_type, carries_value from conversions),

buyers as (select person, max(at_utc) as last_order_at from conversions where carries_value group by person),

others as (select distinct conversion_type, person from conversions where not carries_value),

-- Who never ordered has not made a first order; who ordered has not made a further one with what came after the last. A person
-- who never ordered was not on the way to a second order.
lost as (
    select kinds.conversion_type, touches.*
    from touches
    cross join kinds
    left join buyers on touches.person = buyers.person
    left join others on kinds.conversion_type = others.conversion_type and touches.person = others.person
    where
        case
            when not kinds.carries_value then others.person is null
            when kinds.conversion_type = 'first_order' then buyers.person is null
            else touches.at_utc > buyers.last_order_at
        end
)

select
    conversion_type, person,
    row_number() over (partition by conversion_type, person order by at_utc, account_id, delivery_order, line, channel) as touch_number,
    channel, campaign, is_direct
from lost
