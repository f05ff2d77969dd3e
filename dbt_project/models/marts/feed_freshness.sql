select
    account_id, feed, shape, deliveries, last_day, usual_gap_days, delay_days, stale_days, stale_since, is_stale, received_at
from {{ ref('int_feed_freshness') }}
