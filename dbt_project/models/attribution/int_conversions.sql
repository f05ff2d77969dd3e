-- What paths lead to: paid orders and registrations. An order that was refunded or cancelled is no conversion,
-- so the next paid one is the first.
with

paid as (
    select account_id, order_id as conversion_key, person, at_utc, day, value_company as value, true as carries_value
    from {{ ref('stg_orders') }}
    where is_current and status = 'paid'
),

-- A person is the same person in every account, or a second shop would make a second first order. Of a buyer whom nobody knows no
-- order before is known, so it is a first one: guests stand apart from each other, never as one giant person.
orders as (
    select
        *,
        if(person is null, 1, row_number() over (partition by person order by at_utc, account_id, conversion_key)) as order_number,
        if(order_number = 1, 'first_order', 'repeat_order') as conversion_type
    from paid
),

rules as (
    select distinct lower(event) as event, conversion_type
    from {{ source('rules', 'event_rules') }}
    where conversion_type is not null
),

events as (
    select
        activity.account_id, concat_ws(':', activity.file_hash, activity.line) as conversion_key,
        activity.person, activity.at_utc, activity.day, cast(0 as decimal(38, 6)) as value, false as carries_value,
        rules.conversion_type
    from {{ ref('stg_activity') }} as activity
    inner join rules on lower(activity.event) = rules.event
    where activity.is_current
),

converted as (
    select * exclude (order_number) from orders
    union all
    select * from events
),

numbered as (
    select
        *,
        row_number() over (order by at_utc, person, account_id, conversion_type, conversion_key) as conversion,
        cast(date_trunc('month', day) as date) as month,
        case when person is not null then max(at_utc) filter (where carries_value) over (
            partition by person order by at_utc, account_id, conversion_type, conversion_key
            rows between unbounded preceding and 1 preceding
        ) end as previous_order_at
    from converted
)

select * from numbered
