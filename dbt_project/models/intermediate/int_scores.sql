-- What a department answers for in a period, only where one number is true; the reason otherwise.
with

owned as (
    select
        kpi.*, owners.profile, owners.department, owners.department_kind, metrics.direction, metrics.multiplier, metrics.grain,
        -- a ratio adds up over time and accounts only through parts that add up themselves
        case
            when metrics.numerator is null then metrics.measure is not null
            else top.aggregation = 'additive' and below.aggregation = 'additive'
        end as parts_add_up
    from {{ ref('int_kpi') }} as kpi
    inner join {{ ref('int_owner_by_day') }} as owners on kpi.metric = owners.metric and kpi.day = owners.day
    inner join {{ source('rules', 'metrics') }} as metrics on kpi.metric = metrics.metric
    left join {{ source('rules', 'metrics') }} as top on metrics.numerator = top.metric
    left join {{ source('rules', 'metrics') }} as below on metrics.denominator = below.metric
    where owners.role = 'accountable'
),

periods as (
    {% for kind in period_kinds() %}
    select '{{ kind }}' as period_kind, day, cast(date_trunc('{{ kind }}', day) as date) as period_start
    from (select distinct day from owned)
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

dated as (
    select owned.*, periods.period_kind, periods.period_start
    from owned
    inner join periods using (day)
    -- a number of a month says nothing of a day or a week
    where not (owned.grain like '%month%' and periods.period_kind in ('day', 'week'))
),

-- The last known stock of each account, and whether the department still owned it then.
stocks as (
    select
        profile, metric, account_id, campaign, period_kind, period_start, department,
        arg_max(value, day) filter (where value is not null) as last_value,
        max(day) filter (where value is not null) as last_known_day,
        max(day) as last_day
    from dated
    where aggregation = 'stock'
    group by all
),

stock_owners as (
    select
        *,
        max(last_known_day) over (partition by profile, metric, account_id, campaign, period_kind, period_start) as series_last_known_day
    from stocks
),

stock_totals as (
    select
        profile, metric, period_kind, period_start, department,
        case
            when period_kind = 'day' and count(last_value) < count(*) then null
            else sum(last_value) filter (where last_known_day = series_last_known_day)
        end as value,
        count(last_value) as known
    from stock_owners
    group by profile, metric, period_kind, period_start, department
),

grouped as (
    select
        profile, department, department_kind, metric, class, aggregation, unit, direction, period_kind, period_start, grain,
        max(currency) as currency,
        count(*) as n_rows, count(value) as n_known,
        count(distinct day) as n_days, count(distinct day) filter (where value is null) as n_days_missing,
        sum(value) as total, sum(numerator) as numerator, sum(denominator) as denominator,
        bool_and(parts_add_up) as parts_add_up, max(multiplier) as multiplier,
        any_value(value) as only_value, min(missing_reason) as a_reason,
        bool_or(is_provisional) as is_provisional
    from dated
    group by all
),

-- One row may speak for its period when the metric's grain is that period; anything else would be a sum that nobody can take.
scored as (
    select
        grouped.*,
        case
            when aggregation = 'additive' then total
            when aggregation = 'stock' then stock_totals.value
            when aggregation = 'ratio' and parts_add_up and denominator > 0
                then cast(round(coalesce(multiplier, 1) * numerator::double / denominator::double, 6) as decimal(38, 6))
            when aggregation = 'ratio' and parts_add_up then null
            when n_rows = 1 and (period_kind = 'day' or (grain like '%month%' and period_kind = 'month')) then only_value
        end as value,
        case
            when aggregation = 'stock' and known > 0 and stock_totals.value is null and period_kind != 'day' then 'owner_changed'
            when n_known = 0 then a_reason
            when aggregation = 'ratio' and parts_add_up then 'no_denominator'
            when aggregation = 'stock' then 'not_reported'
            else 'not_additive'
        end as reason_if_null
    from grouped
    left join stock_totals using (profile, metric, period_kind, period_start, department)
)

select
    profile, department, department_kind, metric, class, aggregation, unit, direction, currency, period_kind, period_start,
    cast(value as decimal(38, 6)) as value,
    case when value is null then reason_if_null end as missing_reason,
    n_days, n_days_missing, is_provisional
from scored
