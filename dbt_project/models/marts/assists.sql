-- The third ledger: which functions were on the way to an order, whoever is credited with it. One order is counted once for every
-- function that touched it, so these rows add up to more than was sold; nothing may add them to the numbers of orders or revenue.
with

orders as (select * from {{ ref('int_conversions') }} where carries_value),

touched as (
    select distinct paths.conversion, paths.function, paths.day
    from {{ ref('int_paths') }} as paths
    inner join orders using (conversion)
    where paths.function is not null
),

profiles as (select distinct profile from {{ source('rules', 'departments') }}),

-- The owner on the day of the touch: who runs the channel today did not make the touch of last year.
owners as (
    select
        profiles.profile, touch_days.function, touch_days.day, coalesce(owners.department, 'unassigned') as department
    from (select distinct function, day from touched) as touch_days
    cross join profiles
    left join {{ ref('int_function_owner') }} as owners
        on
            profiles.profile = owners.profile and touch_days.function = owners.function and owners.role = 'accountable'
            and (owners.valid_from is null or touch_days.day >= owners.valid_from)
            and (owners.valid_to is null or touch_days.day < owners.valid_to)
),

assisted as (
    select distinct owners.profile, owners.department, owners.function, touched.conversion
    from touched
    inner join owners using (function, day)
),

counted as (
    select
        assisted.profile, assisted.department, assisted.function, orders.month,
        count(*) as assisted_conversions,
        case when count(*) = count(orders.value) then cast(sum(orders.value) as decimal(38, 6)) end as assisted_value,
        case when count(*) > count(orders.value) then 'no_rate' end as missing_reason
    from assisted
    inner join orders using (conversion)
    group by all
)

select * from counted
