-- A metric counted per function belongs to the assist ledger. Among the numbers it would be counted beside what it assisted.
select
    kpi.metric as subject, count(*) as checked,
    count(*) filter (where metrics.grain like 'function/%') as offences,
    concat_ws(' ', 'counted per', any_value(metrics.grain), 'first on', min(kpi.day)) as detail
from kpi_daily as kpi
left join rule_metrics as metrics on kpi.metric = metrics.metric
group by kpi.metric
