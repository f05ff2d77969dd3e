-- The credit of all models in one shape. What nobody touched within a model's look-back is credited to nobody, in a row of its own:
-- left out, the credited would add up to less than was sold.
with

models as (select * from {{ ref('int_models') }}),

conversions as (select * from {{ ref('int_conversions') }}),

touched as (
    select way, dimension, conversion, conversion_type, month, value
    from {{ ref('int_journeys') }}
    where converts
),

totals as (
    select
        way, dimension, conversion_type, month, count(*) as conversions, coalesce(sum(value), 0) as value,
        count(*) > count(value) as is_unpriced
    from touched
    group by all
),

-- Removal effects speak of all journeys up to the run date; each month divides its own touched conversions by them.
by_removal as (
    select
        effects.model, effects.dimension, effects.conversion_type, totals.month, effects.code,
        totals.conversions * {{ as_share('effects.share') }} as conversions,
        {{ part_of('totals.value', as_share('effects.share')) }} as value, totals.is_unpriced
    from {{ ref('int_credit_by_removal') }} as effects
    inner join models on effects.model = models.model
    inner join totals
        on models.way = totals.way and effects.dimension = totals.dimension and effects.conversion_type = totals.conversion_type
    where effects.share > 0
),

untouched as (
    select
        models.model, dimensions.dimension, conversions.conversion_type, conversions.month, 0 as code, count(*) as conversions,
        cast(coalesce(sum(conversions.value), 0) as decimal(38, 18)) as value,
        count(*) > count(conversions.value) as is_unpriced
    from conversions
    cross join models
    cross join (select unnest(['channel', 'campaign']) as dimension) as dimensions
    anti join touched on models.way = touched.way and conversions.conversion = touched.conversion
    group by all
),

credited as (
    select * from {{ ref('int_credit_by_rule') }}
    union all by name
    select * from {{ ref('int_credit_by_set') }}
    union all by name
    select * from {{ ref('int_credit_by_counterfactual') }}
    union all by name
    select * from by_removal
    union all by name
    select * from untouched
)

select
    credited.model, credited.dimension, credited.conversion_type, credited.month,
    if(credited.code = 0, 'unattributed', members.member) as member, credited.code = 0 as is_untouched,
    cast(credited.conversions as decimal(38, 12)) as conversions, cast(credited.value as decimal(38, 18)) as value,
    credited.is_unpriced
from credited
left join {{ ref('int_members') }} as members on credited.dimension = members.dimension and credited.code = members.code
