-- What every department answers for in the month that holds the run date, whether or not a number came: silence has a row too.
with

fed as (
    select metric, count(value) > 0 as is_fed from {{ ref('int_kpi') }} group by metric
)

select
    owners.profile, owners.department, owners.department_kind, metrics.metric,
    cast(date_trunc('month', run.as_of) as date) as period_start,
    case
        when not coalesce(fed.is_fed, false) then 'not_fed'
        when metrics.grain like '%month%' then 'provisional'
        else 'not_reported'
    end as missing_reason
from {{ ref('int_function_owner') }} as owners
cross join {{ source('run', 'inputs') }} as run
inner join {{ source('rules', 'metrics') }} as metrics on owners.function = metrics.function
-- what a row gives to nobody is no department's
inner join {{ source('rules', 'departments') }} as departments
    on owners.profile = departments.profile and owners.department = departments.department
left join fed on metrics.metric = fed.metric
where
    owners.role = 'accountable' and run.as_of >= owners.valid_from and run.as_of < owners.valid_to
    -- a metric of the assist ledger has its own table and is no number of a department's
    and metrics.grain not like 'function/%'
group by all
