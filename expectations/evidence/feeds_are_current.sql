-- A warning: the numbers that are there stay true, and a report on them is older than it looks.
select
    concat_ws(' ', account_id, feed, shape) as subject, 1 as checked, cast(is_stale as integer) as offences,
    concat_ws(' ', 'silent since', stale_since, 'and usually received every', usual_gap_days, 'days') as detail
from feed_freshness
union all
select
    concat_ws(' ', account_id, channel) as subject, 1 as checked, cast(is_silent as integer) as offences,
    concat_ws(' ', 'no touch since', silent_since, 'and never away for more than', longest_pause_days, 'days before') as detail
from channel_freshness
