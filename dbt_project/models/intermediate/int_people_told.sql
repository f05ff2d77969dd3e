-- Of whom a delivery was the first to tell that they were there on a day.
with

first_told as (
    select account_id, day, min(delivery_order) as delivery_order
    from {{ ref('stg_activity') }}
    group by account_id, day, hash(person)
),

counted as (select account_id, day, delivery_order, count(*) as people from first_told group by account_id, day, delivery_order)

select counted.account_id, counted.day, files.received_at, files.source_file, delivery_order, counted.people
from counted
inner join {{ ref('stg_files') }} as files using (delivery_order)
