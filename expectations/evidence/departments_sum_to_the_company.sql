-- Per profile, metric and currency: the accountable departments against the company, to the last unit for what adds up.
-- Row by row too, for every metric and role: two errors that cancel in a total are still two errors.
with

company as (select metric, account_id, campaign, day, currency, value from kpi_daily),

company_totals as (
    select metric, currency, sum(value) as total from company
    group by all
),

profiles as (select distinct profile from rule_departments),

departments as (
    select
        owned.profile, owned.metric, company.currency, count(*) as cells,
        sum(owned.value) filter (where owned.role = 'accountable') as total,
        count(*) filter (where company.metric is null or owned.value is distinct from company.value) as cells_apart,
        min(owned.day) filter (where company.metric is null or owned.value is distinct from company.value) as first_day_apart
    from owned_kpi_daily as owned
    left join company
        on
            owned.metric = company.metric and owned.account_id = company.account_id
            and owned.campaign = company.campaign and owned.day = company.day
    group by owned.profile, owned.metric, company.currency
),

expected as (
    select profiles.profile, company_totals.metric, company_totals.currency, company_totals.total
    from company_totals
    cross join profiles
)

select
    coalesce(departments.profile, expected.profile) as profile, coalesce(departments.metric, expected.metric) as metric,
    coalesce(departments.currency, expected.currency) as currency,
    coalesce(departments.cells, 0) as cells,
    case
        when metrics.aggregation = 'additive' then coalesce(departments.total, 0) - coalesce(expected.total, 0)
        when metrics.aggregation is not null then 0
    end as difference,
    coalesce(departments.cells_apart, 0) as cells_apart, departments.first_day_apart
from expected
full outer join departments
    on
        expected.profile = departments.profile and expected.metric = departments.metric
        and expected.currency is not distinct from departments.currency
left join rule_metrics as metrics on coalesce(departments.metric, expected.metric) = metrics.metric
