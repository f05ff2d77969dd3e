-- What the treated units and those left alone gave, day by day, from half a year before a test to its end. Whole on a day or missing.
with

experiments as (
    select experiments.*, rules.value as days_before
    from {{ source('rules', 'experiments') }} as experiments
    cross join {{ source('rules', 'bridge_rules') }} as rules
    where rules.rule = 'days_before_test'
),

arms as (
    select experiment, outcome_metric, dimension, starts_on, ends_on, days_before, 'treated' as arm, unnest(string_split(treated, '|')) as unit
    from experiments
    union all
    select experiment, outcome_metric, dimension, starts_on, ends_on, days_before, 'control' as arm, unnest(string_split(control, '|')) as unit
    from experiments
    where control is not null
),

numbers as (
    select metric, 'account' as dimension, account_id as unit, account_id, day, value, aggregation from {{ ref('int_kpi') }}
    union all
    select metric, 'campaign', campaign, account_id, day, value, aggregation from {{ ref('int_kpi') }} where campaign != ''
    union all
    select metric, 'member', member, account_id, day, value, aggregation from {{ ref('int_breakdown') }}
),

-- only what adds up can be one number of several units
counted as (
    select
        arms.experiment, arms.arm, trim(arms.unit) as unit, numbers.day, arms.starts_on,
        case when count(*) = count(numbers.value) then sum(numbers.value) end as value
    from arms
    inner join numbers
        on
            arms.outcome_metric = numbers.metric and arms.dimension = numbers.dimension and trim(arms.unit) = numbers.unit
            and numbers.day >= arms.starts_on - cast(arms.days_before as integer) and numbers.day < arms.ends_on
    where numbers.aggregation = 'additive'
    group by arms.experiment, arms.arm, trim(arms.unit), numbers.day, arms.starts_on
),

asked as (select experiment, arm, count(distinct trim(unit)) as units from arms group by experiment, arm)

select
    counted.experiment, counted.arm, counted.day, counted.day >= any_value(counted.starts_on) as is_during,
    case when count(counted.value) = any_value(asked.units) then sum(counted.value) end as value
from counted
inner join asked on counted.experiment = asked.experiment and counted.arm = asked.arm
group by counted.experiment, counted.arm, counted.day
