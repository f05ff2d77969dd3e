with

profiles as (select distinct profile from {{ source('rules', 'departments') }}),

metric_days as (select distinct metric, day from {{ ref('int_kpi') }}),

asked as (
    select profiles.profile, metric_days.metric, metrics.function, metrics.aggregation, metric_days.day
    from metric_days
    inner join {{ source('rules', 'metrics') }} as metrics using (metric)
    cross join profiles
),

-- The owner is joined by the day of the fact: a reorganisation changes nothing before its date.
owned as (
    select
        asked.profile, asked.metric, asked.day, asked.function,
        owners.department, owners.department_kind, owners.role,
        -- a function may hold metrics of several kinds; people and ratios are shown to each and apportioned to none
        case when asked.aggregation = 'additive' then owners.share end as share,
        owners.ownership_rule, owners.reason, owners.approved_by
    from asked
    inner join {{ ref('int_function_owner') }} as owners
        on
            asked.profile = owners.profile and asked.function = owners.function
            and asked.day >= owners.valid_from and asked.day < owners.valid_to
),

-- Counted from the numbers outward: a number that no row speaks of is unassigned, and is shown so, never dropped.
unowned as (
    select
        asked.profile, asked.metric, asked.day, asked.function,
        'unassigned' as department, 'unassigned' as department_kind, 'accountable' as role, null::double as share,
        null::varchar as ownership_rule, 'no_owner' as reason, null::varchar as approved_by
    from asked
    anti join (select profile, metric, day from owned where role = 'accountable') as accountable using (profile, metric, day)
)

select * from owned
union all
select * from unowned
