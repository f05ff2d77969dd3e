-- A file cannot speak of days after it was taken; one day is left for time zones. Instants are in UTC: one day more.
with

newest as (
    select file_hash, 1 as slack, max(day) as last_day, count(*) as checked, count(*) - count(day) as undated
    from landing_counts
    group by all
    union all
    select file_hash, 2 as slack, cast(max(at_utc) as date) as last_day, count(*) as checked, count(*) - count(at_utc) as undated
    from landing_activity
    group by all
    union all
    select file_hash, 2 as slack, cast(max(at_utc) as date) as last_day, count(*) as checked, count(*) - count(at_utc) as undated
    from landing_touches
    group by all
    union all
    select file_hash, 2 as slack, cast(max(at_utc) as date) as last_day, count(*) as checked, count(*) - count(at_utc) as undated
    from landing_orders
    group by all
    union all
    select
        file_hash,
        2 as slack,
        cast(max(opened_at_utc) as date) as last_day,
        count(*) as checked,
        count(*) - count(opened_at_utc) as undated
    from landing_cases
    group by all
)

select
    coalesce(files.source_file, newest.file_hash) as subject, newest.checked,
    case when newest.undated = 0 and newest.last_day <= cast(files.received_at as date) + newest.slack then 0 else 1 end
        as offences,
    concat_ws(' ', 'newest day', newest.last_day, 'received', files.received_at, 'without a day', newest.undated) as detail
from newest
left join landing_files as files on newest.file_hash = files.file_hash
