-- A warning: the newest rate up to the day holds, however old it is, and a rate that nobody renewed looks like one.
with

money as (
    select counts.currency, counts.day, count(*) as records
    from landing_counts as counts
    inner join rule_metrics as metrics on counts.metric = metrics.metric
    where metrics.unit = 'money' and metrics.aggregation != 'ratio'
    group by all

    union all

    select currency, cast(at_utc as date) as day, count(*) as records from landing_orders
    group by all
),

told as (
    select money.currency, money.day, money.records, rates.day as rate_day, money.day - rates.day > rules.value as is_old
    from money
    inner join rule_settings as settings on money.currency != settings.currency
    asof inner join rule_fx_rates as rates
        on money.currency = rates.currency and money.day >= rates.day
    cross join rule_rate_rules as rules
    where rules.rule = 'oldest_days'
)

select
    currency as subject, sum(records) as checked, coalesce(sum(records) filter (where is_old), 0) as offences,
    concat_ws(
        ' ', 'the rate of', arg_max(rate_day, day) filter (where is_old), 'tells money up to', max(day) filter (where is_old)
    ) as detail
from told
group by currency
