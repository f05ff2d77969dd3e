select
    account_id, period_kind, cohort_start,
    cast(period_number as integer) as period_number, definition,
    cast(cohort_size as bigint) as cohort_size, cast(retained as bigint) as retained,
    cast(retained as double) / cohort_size as retention_rate, is_mature
from {{ ref('int_cohorts') }}
