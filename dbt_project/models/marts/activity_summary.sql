select
    account_id, period_kind, period_start, active, mean_daily_active, stickiness, stickiness_missing_reason,
    visits, visits_per_person, visits_missing_reason,
    seconds, people_timed, seconds_per_person, seconds_missing_reason, is_complete
from {{ ref('int_activity_summary') }}
