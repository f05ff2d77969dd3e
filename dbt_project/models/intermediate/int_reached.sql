-- How far an account's records were known on each night that brought some: between the first record and the last complete day, a day without
-- one was a measured zero then.
with

spoken as (
    select shape, account_id, file_hash, min(day) as first_day, max(day) as last_day
    from {{ ref('int_told') }}
    group by shape, account_id, file_hash
    union all
    -- A file that was accepted without a record still says that the account delivers this shape.
    select shape, account_id, file_hash, null, null
    from {{ ref('stg_files') }}
    where status = 'accepted' and shape in ('activity', 'touches', 'orders', 'cases')
),

deliveries as (
    select
        spoken.account_id, spoken.shape, spoken.first_day, spoken.last_day, files.received_at, files.received_stated,
        cast(files.received_at as date) as known_on
    from spoken
    inner join {{ ref('stg_files') }} as files using (file_hash)
),

-- Every shape of an account on each of its nights: a record of one shape says that the account was alive for all.
nights as (
    select nights.*, shapes.shape
    from (select account_id, known_on, max(received_at) as received_at from deliveries group by all) as nights
    inner join (select distinct account_id, shape from deliveries) as shapes using (account_id)
),

-- A date folder states when the export was taken, so the day before is complete. Without one, the reception says nothing
-- about how far an export reaches (a history may be dropped years later): the last record is the last day known.
told as (
    select
        account_id, shape, known_on,
        min(first_day) as first_day, max(last_day) as last_day,
        max(known_on - 1) filter (where received_stated) as stated_last_day, max(known_on - 1) as received_last_day
    from deliveries
    group by account_id, shape, known_on
)

select
    account_id, nights.shape, nights.known_on, nights.received_at,
    min(told.first_day) over of_account as first_day,
    greatest(
        max(told.stated_last_day) over of_shape,
        least(max(told.last_day) over of_account, max(told.received_last_day) over of_shape)
    ) as last_complete_day
from nights
left join told using (account_id, shape, known_on)
window
    of_account as (partition by account_id order by nights.known_on),
    of_shape as (partition by account_id, nights.shape order by nights.known_on)
