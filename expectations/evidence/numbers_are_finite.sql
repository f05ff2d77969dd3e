-- One NaN makes every total that meets it NaN, and prints as a number in some clients.
select
    'kpi_daily ' || metric as subject, count(*) as checked,
    count(*) filter (
        where not isfinite(value::double) or not isfinite(numerator::double) or not isfinite(denominator::double)
    ) as offences,
    null::varchar as detail
from kpi_daily
group by metric
union all
select
    'scorecard ' || metric as subject, count(*) as checked,
    count(*) filter (where not isfinite(value::double) or not isfinite(target::double) or not isfinite(attainment::double))
        as offences,
    null::varchar as detail
from scorecard
group by metric
