-- Nobody comes back more often than all. A rate that is not yet known is null, never a number outside its range.
select
    concat_ws(' ', account_id, period_kind, definition) as subject, count(*) as checked,
    count(*) filter (
        where not coalesce(retention_rate between 0 and 1, true) or retained < 0 or retained > cohort_size or cohort_size < 0
    ) as offences,
    concat_ws(
        ' ',
        'first cohort',
        min(cohort_start) filter (where not coalesce(retention_rate between 0 and 1, true) or retained > cohort_size)
    ) as detail
from retention_cohorts
group by account_id, period_kind, definition
