-- Between the account's first record and the last complete day received, a day without a record is a measured zero.
-- Outside of it nothing is known, and nothing is filled.
with

events as (
    {% for shape in ['activity', 'touches', 'orders', 'cases'] %}
    select '{{ shape }}' as shape, account_id, day, file_hash, received_at from {{ ref('stg_' ~ shape) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- A file that was accepted without a record still says that the account delivers this shape.
delivered as (
    select
        account_id, shape,
        max(cast(received_at as date) - 1) filter (where received_stated) as stated_last_day,
        max(cast(received_at as date) - 1) as received_last_day
    from {{ ref('stg_files') }}
    where status = 'accepted' and shape in ('activity', 'touches', 'orders', 'cases')
    group by account_id, shape
),

-- Files of mixed shapes (one export that holds events, visits and orders) deliver each shape that they have rows of.
delivered_mixed as (
    select
        events.account_id, events.shape,
        max(cast(files.received_at as date) - 1) filter (where files.received_stated) as stated_last_day,
        max(cast(files.received_at as date) - 1) as received_last_day
    from (select distinct account_id, shape, file_hash from events) as events
    inner join {{ ref('stg_files') }} as files using (file_hash)
    group by events.account_id, events.shape
),

deliveries as (
    select
        account_id, shape,
        max(stated_last_day) as stated_last_day,
        max(received_last_day) as received_last_day
    from (select * from delivered union all select * from delivered_mixed)
    group by account_id, shape
),

account_days as (
    select account_id, min(day) as first_day, max(day) as last_day from events group by account_id
),

-- A date folder states when the export was taken, so the day before is complete. Without one, the reception says nothing
-- about how far an export reaches (a history may be dropped years later): the last record is the last day known.
covered as (
    select
        deliveries.account_id, deliveries.shape, account_days.first_day,
        greatest(
            deliveries.stated_last_day,
            least(account_days.last_day, deliveries.received_last_day)
        ) as last_complete_day
    from deliveries
    inner join account_days using (account_id)
)

select account_id, shape, first_day, least(last_complete_day, run.as_of) as last_complete_day
from covered
cross join {{ source('run', 'inputs') }} as run
