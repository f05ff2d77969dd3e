-- A warning: the numbers that are there stay true, and a report on them is older than it looks.
select
    concat_ws(' ', account_id, feed, shape) as subject, 1 as checked, cast(is_stale as integer) as offences,
    concat_ws(' ', 'silent since', stale_since, 'and usually received every', usual_gap_days, 'days') as detail
from feed_freshness
