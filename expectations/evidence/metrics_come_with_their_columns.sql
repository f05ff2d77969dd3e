-- A warning: what is there is true. A metric is missed when the next files of its account and map tell of what stood beside it, and not of it,
-- and have a column that nobody reads: most often the platform gave it another name. After ten such files it is gone for good.
with
told as (
    select
        files.account_id, files.adapter, files.file_hash, files.source_file, files.delivery_order, counts.metric,
        coalesce(regexp_extract(files.message, 'columns not loaded: (.*?)(\. |$)', 1), '') as unread
    from landing_counts as counts
    inner join landing_files as files using (file_hash)
    group by all
),

newest as (select * from told qualify row_number() over (partition by account_id, adapter, metric order by delivery_order desc) = 1),

without as (
    select
        newest.account_id, newest.adapter, newest.metric, count(distinct later.file_hash) as files,
        arg_min(later.source_file, later.delivery_order) as source_file, arg_min(later.unread, later.delivery_order) as unread
    from newest
    inner join told as beside on newest.file_hash = beside.file_hash
    inner join told as later
        on
            beside.account_id = later.account_id and beside.adapter = later.adapter and beside.metric = later.metric
            and later.delivery_order > newest.delivery_order
    group by all
)

select
    concat_ws(' ', newest.metric, 'of', newest.account_id) as subject, 1 as checked,
    case when without.files <= 10 and without.unread not in ('', newest.unread) then 1 else 0 end as offences,
    concat_ws(' ', 'not in', without.source_file, 'whose columns not loaded are', without.unread) as detail
from newest
left join without using (account_id, adapter, metric)
