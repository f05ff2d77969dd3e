-- What was believed about a day, delivery after delivery. The first belief is news; each later one that differs is a restatement.
with

generations as (
    select
        account_id, metric, day, received_at, source_file, delivery_order,
        value - coalesce(lag(value) over (
            partition by account_id, metric, day, campaign, post, dimension, member order by delivery_order
        ), 0) as change
    from {{ ref('stg_counts') }}
    where dimension = '' and not is_lifetime and day is not null
),

by_night as (
    select
        account_id, metric, day, cast(received_at as date) as known_on,
        max(received_at) as received_at, arg_max(source_file, delivery_order) as source_file, sum(change) as change
    from generations
    group by all
),

believed as (
    select
        *,
        sum(change) over (partition by account_id, metric, day order by known_on) as value_after,
        lag(received_at) over (partition by account_id, metric, day order by known_on) as known_before
    from by_night
)

select
    metric, account_id, day, cast(strftime(known_on, '%Y-%m-%d') as varchar) as version,
    cast(value_after - change as decimal(38, 6)) as value_before, cast(value_after as decimal(38, 6)) as value_after,
    known_before, received_at as known_after, source_file
from believed
where known_before is not null and change != 0
