-- What was believed about a day, night after night. The first belief is news; each later one that differs is a restatement.
with

believed as (
    select
        *,
        sum(change) over (partition by account_id, metric, day order by known_on) as value_after,
        lag(received_at) over (partition by account_id, metric, day order by known_on) as known_before
    from {{ ref('int_changes') }}
)

select
    metric, account_id, day, cast(strftime(known_on, '%Y-%m-%d') as varchar) as version,
    cast(value_after - change as decimal(38, 6)) as value_before, cast(value_after as decimal(38, 6)) as value_after,
    known_before, received_at as known_after, source_file
from believed
where known_before is not null and change != 0
