-- The credit ledger shows what was spent, lines without a conversion included: each model and dimension carries all of it.
-- A line whose spend could not be priced is null and says so; then what is left may only be less.
-- With spend in several currencies, or in another than the company's, the models are held against each other only.
with

spent as (
    select
        coalesce(sum(kpi.value), 0) as total,
        count(*) filter (where kpi.currency is not null and kpi.currency is distinct from settings.currency) = 0 as is_comparable
    from kpi_daily as kpi
    inner join rule_metrics as metrics on kpi.metric = metrics.metric
    cross join rule_settings as settings
    where metrics.class = 'awareness' and metrics.unit = 'money' and metrics.aggregation = 'additive'
),

credited as (
    select
        model, conversion_type, dimension, count(*) as checked, coalesce(sum(spend), 0) as spend,
        count(*) - count(spend) as unpriced
    from credit
    group by model, conversion_type, dimension
)

select
    concat_ws(' ', credited.model, credited.conversion_type, 'by', credited.dimension) as subject, credited.checked,
    case
        when credited.unpriced > 0 then credited.spend::double > spent.total::double + 0.005 and spent.is_comparable
        when spent.is_comparable then abs(credited.spend::double - spent.total::double) > 0.005
        else abs(credited.spend::double - (max(credited.spend) over ())::double) > 0.005
    end::int as offences,
    concat_ws(' ', 'credit shows', credited.spend, 'and the company spent', spent.total) as detail
from credited
cross join spent
