with

scores as (select * from {{ ref('int_scores') }}),

departments as (select profile, department, any_value(kind) as kind from {{ ref('departments') }} group by all),

-- A target whose number never came, and a metric that nothing feeds, are shown with their reason: leaving them out would look like
-- attainment nobody asked for.
silent as (
    select profile, department, metric, period_kind, period_start, 'not_fed' as missing_reason, 1 as rank
    from {{ ref('int_targets') }}
    union all
    select profile, department, metric, 'month', period_start, missing_reason, 2 from {{ ref('int_standing') }}
),

waiting as (
    select
        silent.profile, silent.department, departments.kind as department_kind, silent.metric, metrics.class,
        metrics.aggregation, metrics.unit, metrics.direction, null::varchar as currency, silent.period_kind, silent.period_start,
        null::decimal(38, 6) as value, silent.missing_reason,
        0::bigint as n_days, 0::bigint as n_days_missing, false as is_provisional
    from silent
    inner join {{ ref('metric_catalogue') }} as metrics using (metric)
    left join departments using (profile, department)
    anti join scores using (profile, department, metric, period_kind, period_start)
    qualify row_number() over (
        partition by silent.profile, silent.department, silent.metric, silent.period_kind, silent.period_start order by silent.rank desc
    ) = 1
),

everything as (select * from scores union all by name select * from waiting)

select
    everything.profile, everything.department, everything.department_kind, everything.metric, everything.class,
    everything.aggregation, everything.period_kind, everything.period_start,
    everything.value, everything.unit, everything.currency,
    targets.target,
    case when targets.target != 0 then everything.value::double / targets.target end as attainment,
    everything.missing_reason, everything.direction,
    everything.n_days, everything.n_days_missing, everything.is_provisional,
    targets.expected_by_now,
    case when targets.expected_by_now != 0 then everything.value::double / targets.expected_by_now end as pace,
    -- a target on a metric that is better low is a ceiling: at most the part of it that the days gone allow
    case
        when everything.direction = 'down' then everything.value::double <= targets.expected_by_now
        else everything.value::double >= targets.expected_by_now
    end as is_on_pace,
    case
        when targets.target is null then 'no_target'
        when targets.expected_by_now is null then 'not_begun'
        when everything.value is null then everything.missing_reason
        when targets.expected_by_now = 0 then 'no_denominator'
    end as pace_missing_reason
from everything
left join {{ ref('int_targets') }} as targets using (profile, department, metric, period_kind, period_start)
