-- How far models are from each other: where they agree, the choice of a model decides nothing; where they do not, no single one of
-- them is the truth.
with

given as (
    -- nine digits: what models differ by beyond that is how they round
    select *, round(conversions, 9) as given from {{ ref('credit') }}
),

ranged as (
    select
        *,
        min(given) over member as conversions_low,
        max(given) over member as conversions_high
    from given
    window member as (partition by conversion_type, dimension, member, month)
),

compared as (
    select
        conversion_type, dimension, member, month, count(*) as models, conversions_low, conversions_high,
        conversions_high - conversions_low as spread,
        string_agg(model, ', ' order by model) filter (where given = conversions_low) as low_models,
        string_agg(model, ', ' order by model) filter (where given = conversions_high) as high_models,
        case when count(*) = count(value) then min(value) end as value_low,
        case when count(*) = count(value) then max(value) end as value_high,
        case when count(*) > count(value) then 'no_rate' end as missing_reason
    from ranged
    group by all
)

select * from compared
