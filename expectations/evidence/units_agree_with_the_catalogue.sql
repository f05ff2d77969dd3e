-- The unit and the way a number adds up come from the catalogue, never from a file; every later check of sums believes them.
select metric, unit, aggregation, 'kpi_daily' as table_name, count(*) as cells from kpi_daily
group by metric, unit, aggregation
union all
select metric, unit, aggregation, 'owned_kpi_daily' as table_name, count(*) as cells
from owned_kpi_daily
group by metric, unit, aggregation
