with

hours as (
    {{ company_hours(source('landing', 'conversion_orders'), 'at_utc') }}
),

known as (
    select
        orders.*, files.account_id, files.received_at, files.source_file, files.delivery_order,
        {{ company_day('orders.at_utc', 'hours') }} as day,
        row_number() over (
            partition by files.account_id, orders.order_id
            order by files.delivery_order desc, orders.line desc
        ) as generation
    from {{ source('landing', 'conversion_orders') }} as orders
    inner join {{ ref('stg_files') }} as files using (file_hash)
    left join hours on date_trunc('hour', orders.at_utc) = hours.hour
),

-- The rate of the order's own day, or the last one known before it: today's rate would restate every past month.
priced as (
    select known.*, rates.rate_to_company
    from known
    asof left join {{ ref('stg_fx_rates') }} as rates
        on known.currency = rates.currency and known.day >= rates.day
)

select
    * exclude (generation, rate_to_company),
    generation = 1 as is_current,
    cast(round(value * rate_to_company, 6) as decimal(38, 6)) as gross_company,
    -- what was given back of an order takes from what it brought, on the day of the order
    cast(round((value - coalesce(refunded, 0)) * rate_to_company, 6) as decimal(38, 6)) as value_company
from priced
