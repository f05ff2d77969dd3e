-- The cells of one version, bare: what it said of a metric on a day.
select account_id, campaign, value, missing_reason
from kept.kpi_daily
where metric = $metric and day = $day
