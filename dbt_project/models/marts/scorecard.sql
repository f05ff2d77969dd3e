with

scores as (select * from {{ ref('int_scores') }}),

departments as (select profile, department, any_value(kind) as kind from {{ ref('departments') }} group by all),

-- A target whose number never came is shown with its reason: leaving it out would look like attainment nobody asked for.
waiting as (
    select
        targets.profile, targets.department, departments.kind as department_kind, targets.metric, metrics.class,
        metrics.aggregation, metrics.unit, metrics.direction, null::varchar as currency, targets.period_kind, targets.period_start,
        null::decimal(38, 6) as value, 'not_fed' as missing_reason,
        0::bigint as n_days, 0::bigint as n_days_missing, false as is_provisional
    from {{ source('rules', 'targets') }} as targets
    inner join {{ ref('metric_catalogue') }} as metrics using (metric)
    left join departments using (profile, department)
    anti join scores using (profile, department, metric, period_kind, period_start)
),

everything as (select * from scores union all by name select * from waiting)

select
    everything.profile, everything.department, everything.department_kind, everything.metric, everything.class,
    everything.aggregation, everything.period_kind, everything.period_start,
    everything.value, everything.unit, everything.currency,
    targets.target,
    case when targets.target != 0 then everything.value::double / targets.target end as attainment,
    everything.missing_reason, everything.direction,
    everything.n_days, everything.n_days_missing, everything.is_provisional
from everything
left join {{ source('rules', 'targets') }} as targets using (profile, department, metric, period_kind, period_start)
