-- Every published number by whether its day lies before the change: how many there are, and how many would change hands.
with

owners_before as (select metric, day, department from history_before where role = 'accountable'),

owners_after as (select metric, day, department from history_after where role = 'accountable')

select
    kpi.day < $change as is_before, count(*) as numbers,
    count(*) filter (where owners_before.department is distinct from owners_after.department) as moved
from published.kpi_daily as kpi
left join owners_before using (metric, day)
left join owners_after using (metric, day)
group by is_before
order by is_before desc
