-- Where a metric has numbers at all: by account, from which day to which.
select account_id, min(day) as first_day, max(day) as last_day, count(value) as numbers
from kpi_daily
where metric = $metric
group by account_id
order by account_id
