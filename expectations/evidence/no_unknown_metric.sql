-- A metric that is not in the catalogue has no class, so no law speaks of it.
select metric, 'kpi_daily' as table_name, count(*) as cells from kpi_daily
group by metric
union all
select metric, 'owned_kpi_daily' as table_name, count(*) as cells from owned_kpi_daily
group by metric
union all
select metric, 'scorecard' as table_name, count(*) as cells from scorecard
group by metric
