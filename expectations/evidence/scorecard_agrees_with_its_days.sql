-- What adds up must have been added up: the table that leaders read against the days it is made of.
-- Only numbers of one currency are compared, and either all cells or the accounts' own totals may have been taken.
with

days as (
    select
        owned.profile, owned.department, owned.metric, owned.day, sum(owned.value) as value,
        sum(owned.value) filter (where owned.campaign = '') as totals,
        min(company.currency) as currency, count(distinct company.currency) as currencies
    from owned_kpi_daily as owned
    inner join rule_metrics as metrics on owned.metric = metrics.metric
    inner join kpi_daily as company
        on
            owned.metric = company.metric and owned.account_id = company.account_id
            and owned.campaign = company.campaign and owned.day = company.day
    where owned.role = 'accountable' and metrics.aggregation = 'additive'
    group by owned.profile, owned.department, owned.metric, owned.day
),

kinds as (select unnest(['day', 'week', 'month', 'quarter']) as period_kind),

periods as (
    select
        days.profile, days.department, days.metric, kinds.period_kind,
        cast(date_trunc(kinds.period_kind, days.day) as date) as period_start,
        sum(days.value) as value, sum(days.totals) as totals,
        max(days.currencies) > 1 or count(distinct days.currency) > 1 as is_mixed, min(days.currency) as currency
    from days
    cross join kinds
    group by days.profile, days.department, days.metric, kinds.period_kind, date_trunc(kinds.period_kind, days.day)
),

scores as (
    select
        scorecard.profile, scorecard.department, scorecard.metric, scorecard.period_kind, scorecard.period_start,
        scorecard.value, scorecard.currency
    from scorecard
    inner join rule_metrics as metrics on scorecard.metric = metrics.metric
    where scorecard.value is not null and metrics.aggregation = 'additive'
),

held as (
    select
        scores.*,
        case
            when periods.metric is null then false
            when periods.is_mixed or coalesce(scores.currency, '') != coalesce(periods.currency, '') then true
            else coalesce(scores.value = periods.value, false) or coalesce(scores.value = periods.totals, false)
        end as agrees
    from scores
    left join periods
        on
            scores.profile = periods.profile and scores.department = periods.department and scores.metric = periods.metric
            and scores.period_kind = periods.period_kind and scores.period_start = periods.period_start
)

select
    concat_ws(' ', metric, 'by', period_kind, 'at', department, 'in profile', profile) as subject, count(*) as checked,
    count(*) filter (where not agrees) as offences,
    concat_ws(
        ' ',
        'first',
        min(period_start) filter (where not agrees),
        'showing',
        arg_min(value, period_start) filter (where not agrees)
    ) as detail
from held
group by profile, department, metric, period_kind
