-- Absence is not zero: a null says why, and a number never excuses itself.
select
    'kpi_daily ' || metric as subject, count(*) as checked,
    count(*) filter (where (value is null) != (coalesce(trim(missing_reason), '') != '')) as offences,
    concat_ws(' ', 'first on', min(day) filter (where (value is null) != (coalesce(trim(missing_reason), '') != ''))) as detail
from kpi_daily
group by metric
union all
select
    'scorecard ' || metric as subject, count(*) as checked,
    count(*) filter (where (value is null) != (coalesce(trim(missing_reason), '') != '')) as offences,
    concat_ws(' ', 'first in', min(period_start) filter (where (value is null) != (coalesce(trim(missing_reason), '') != '')))
        as detail
from scorecard
group by metric
