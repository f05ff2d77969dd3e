-- A campaign that was renamed comes with its whole history, and countries come in the language of whoever downloads them: day for day
-- the same numbers under two names, which would add up. One small number is alike by chance; five are not, and neither are nine digits.
with

told as (
    select * from {{ ref('stg_landed_counts') }} where not is_lifetime and post = '' and (campaign != '' or dimension != '')
),

-- Names stand beside each other within a whole: campaigns in their account, members in a breakdown of a campaign.
names as (
    select account_id, metric, day, '' as whole, campaign as name, file_hash, delivery_order, value from told where campaign != ''
    union all
    select account_id, metric, day, {{ whole_of('told') }}, member, file_hash, delivery_order, value from told where dimension != ''
),

shared_days as (
    select account_id, metric, day from told group by account_id, metric, day having min(file_hash) != max(file_hash)
),

named as (
    select account_id, metric, day, whole, name, file_hash, delivery_order, sum(value) as value
    from names
    semi join shared_days using (account_id, metric, day)
    group by all
),

-- What each name was last said to be, on days of which several files spoke.
newest as (
    select
        account_id, metric, day, whole, name, max(delivery_order) as delivery_order,
        arg_max(file_hash, delivery_order) as file_hash, arg_max(value, delivery_order) as value
    from named
    group by account_id, metric, day, whole, name
),

beside as (
    select *, count(*) over (partition by account_id, metric, day, whole, file_hash, value) = 1 as is_told_apart
    from newest
    qualify count(distinct file_hash) over (partition by account_id, metric, day, whole) > 1
),

equal as (
    select distinct account_id, whole, one.name, other.name as other_name, cast(value as decimal(38, 6)) as value
    from beside as one
    inner join beside as other using (account_id, metric, day, whole, value)
    where one.is_told_apart and other.is_told_apart and one.name < other.name and value != 0
),

alike as (
    select account_id, whole, name, other_name
    from equal
    group by all
    having count(*) >= 5 or sum(length(trim(replace(cast(value as varchar), '.', ''), '0'))) >= 9
),

files as (
    select distinct account_id, whole, name, file_hash from names where account_id in (select alike.account_id from alike)
),

-- A file that has both tells them apart.
apart as (
    select distinct alike.account_id, alike.whole, alike.name, alike.other_name
    from alike
    inner join files as one on alike.account_id = one.account_id and alike.whole = one.whole and alike.name = one.name
    inner join files as other on one.file_hash = other.file_hash and one.whole = other.whole and alike.other_name = other.name
),

compared as (
    select
        account_id, metric, day, whole, one.delivery_order < other.delivery_order as is_older, one.name, other.name as other_name,
        greatest(one.delivery_order, other.delivery_order) as delivery_order,
        avg(if(one.value = other.value, 1, 0)) over (partition by account_id, whole, one.name, other.name) as share_alike
    from (from alike anti join apart using (account_id, whole, name, other_name)) as pairs
    inner join beside as one using (account_id, whole, name)
    inner join beside as other using (account_id, metric, day, whole)
    where pairs.other_name = other.name
)

select
    account_id, metric, day, whole, if(is_older, name, other_name) as name,
    arg_max(if(is_older, other_name, name), delivery_order) as renamed
from compared
-- the newest days still grow
where share_alike >= 0.75
group by all
