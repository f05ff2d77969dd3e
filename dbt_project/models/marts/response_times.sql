select
    account_id, clock, kind, period_kind, period_start, cast(n as integer) as n, cast(n_done as integer) as n_done,
    cast(n_open as integer) as n_open, cast(n_pending as integer) as n_pending, target_minutes,
    cast(n_within_target as integer) as n_within_target, cast(n_fast as integer) as n_fast,
    cast(n_slow as integer) as n_slow, cast(n_overdue as integer) as n_overdue, p50_minutes,
    case when p50_minutes is null then 'still_open' end as p50_missing_reason, p90_minutes,
    case when p90_minutes is null then 'still_open' end as p90_missing_reason
from {{ ref('int_response_periods') }}
