-- The distinct pairs of three tables. A metric with two classes gives two rows, and one of them is not in the catalogue.
select metric, class, 'kpi_daily' as table_name, count(*) as cells from kpi_daily
group by metric, class
union all
select metric, class, 'owned_kpi_daily' as table_name, count(*) as cells from owned_kpi_daily
group by metric, class
union all
select metric, class, 'scorecard' as table_name, count(*) as cells from scorecard
group by metric, class
