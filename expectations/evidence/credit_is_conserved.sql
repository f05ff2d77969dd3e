-- Every model shares out the same conversions and the same value, the unattributed included.
-- A model that leaves a month out has lost them.
with

ledgers as (select distinct conversion_type, model, dimension from credit),

months as (select distinct conversion_type, month from credit),

totals as (
    select
        conversion_type, model, dimension, month, sum(conversions)::double as conversions, sum(value)::double as value,
        count(*) - count(value) as unpriced
    from credit
    group by all
),

laid as (
    select
        ledgers.conversion_type, months.month,
        coalesce(totals.conversions, 0) as conversions, coalesce(totals.value, 0) as value,
        coalesce(totals.unpriced, 0) as unpriced
    from ledgers
    inner join months on ledgers.conversion_type = months.conversion_type
    left join totals
        on
            ledgers.conversion_type = totals.conversion_type and ledgers.model = totals.model
            and ledgers.dimension = totals.dimension and months.month = totals.month
)

select
    concat_ws(' ', conversion_type, month) as subject, count(*) as checked,
    (
        not isfinite(sum(conversions)) or not isfinite(sum(value))
        or max(conversions) - min(conversions) > 1e-6 * greatest(1, max(conversions))
        -- where a conversion has no price, models differ in which line cannot be priced
        or (sum(unpriced) = 0 and max(value) - min(value) > 1e-6 * greatest(1, max(value)))
    )::int as offences,
    concat_ws(' ', 'conversions from', min(conversions), 'to', max(conversions), 'and value from', min(value), 'to', max(value))
        as detail
from laid
group by conversion_type, month
