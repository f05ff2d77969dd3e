-- Every delivery that changed a number which had been believed, the latest first.
select
    r.metric, c.name_en as name, r.account_id, r.day, r.version, r.value_before, r.value_after,
    r.known_before, r.known_after, r.source_file,
    coalesce((select max(kpi.currency) from kpi_daily as kpi where kpi.metric = r.metric), c.unit) as unit
from restatements as r
inner join metric_catalogue as c using (metric)
where
    ($metric is null or r.metric = $metric) and ($since is null or r.version > $since)
    and ($account is null or r.account_id = $account) and ($day is null or r.day = $day)
order by r.known_after desc, r.metric, r.account_id, r.day
