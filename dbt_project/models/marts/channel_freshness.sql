select account_id, channel, last_day, days_heard, longest_pause_days, silent_days, silent_since, is_silent
from {{ ref('int_channel_freshness') }}
