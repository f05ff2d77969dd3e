-- The two metrics that a ratio divides, as cells of the same account, campaign and day.
select
    parts.part, kpi.metric, kpi.account_id, kpi.campaign, kpi.value, kpi.unit, kpi.currency, kpi.missing_reason,
    kpi.received_at, kpi.source_file
from (
    select 'numerator' as part, numerator as metric from metric_catalogue where metric = $metric
    union
    select 'denominator', denominator from metric_catalogue where metric = $metric
) as parts
inner join kpi_daily as kpi using (metric)
where kpi.day = $day
order by kpi.account_id, kpi.campaign, parts.part desc
