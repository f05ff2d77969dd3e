-- Of whom a delivery was the first to tell that they were there on a day. Deliveries by their number: their names on millions of
-- records, one for each person and day, cost eight times as much.
with

deliveries as (select *, row_number() over (order by delivery_order) as delivery from {{ ref('stg_files') }}),

first_told as (
    select activity.account_id, activity.day, min(deliveries.delivery) as delivery
    from {{ ref('stg_activity') }} as activity
    inner join deliveries using (file_hash)
    group by activity.account_id, activity.day, hash(activity.person)
),

counted as (select account_id, day, delivery, count(*) as people from first_told group by account_id, day, delivery)

select counted.account_id, counted.day, deliveries.received_at, deliveries.source_file, deliveries.delivery_order, counted.people
from counted
inner join deliveries using (delivery)
