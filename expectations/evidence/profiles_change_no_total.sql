-- The sum is a checksum here: switching the profile permutes owners, so every declared profile must hold the same numbers.
with

profiles as (select distinct profile from rule_departments),

metrics as (select distinct metric from owned_kpi_daily),

totals as (
    select profile, metric, count(*) as cells, count(value) as known, sum(value) as total
    from owned_kpi_daily
    where role = 'accountable'
    group by profile, metric
)

select
    metrics.metric, coalesce(sum(totals.cells), 0) as cells,
    count(*) - count(totals.profile) as profiles_without,
    count(distinct row(coalesce(totals.cells, 0), coalesce(totals.known, 0), coalesce(totals.total, 0))) as different_totals
from metrics
cross join profiles
left join totals on profiles.profile = totals.profile and metrics.metric = totals.metric
group by metrics.metric
