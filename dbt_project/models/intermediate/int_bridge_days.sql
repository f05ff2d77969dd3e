-- The company's series that the bridge may compare: whole on a day, or missing on it. A sum of the accounts that happened to report
-- would fall on every day that one of them is silent, and the fall would look like an effect.
with

roles as (select * from {{ source('rules', 'bridge_metrics') }}),

numbers as (
    select kpi.metric, kpi.aggregation, kpi.account_id, kpi.campaign, kpi.day, kpi.value, kpi.is_provisional
    from {{ ref('int_kpi') }} as kpi
    semi join roles on kpi.metric = roles.metric
),

-- a platform's own total for the account stands for its campaigns only where the metric cannot be added up
accounts as (
    select
        metric, aggregation, account_id, day,
        case when count(*) = count(value) and not bool_or(coalesce(is_provisional, false)) then sum(value) end as value
    from numbers
    where aggregation = 'additive' or campaign = ''
    group by metric, aggregation, account_id, day
),

spans as (
    select metric, account_id, min(day) as first_day, max(day) as last_day from accounts where value is not null group by metric, account_id
),

-- people reached by two accounts may be the same people: such a number is the company's only where one account has it
sums as (
    select
        accounts.metric, accounts.aggregation, accounts.day, count(accounts.value) as known_accounts, sum(accounts.value) as value
    from accounts
    inner join spans on accounts.metric = spans.metric and accounts.account_id = spans.account_id
    where
        accounts.aggregation in ('additive', 'stock')
        or accounts.metric in (select alone.metric from spans as alone group by alone.metric having count(*) = 1)
    group by accounts.metric, accounts.aggregation, accounts.day
),

days as (
    select metric, cast(unnest(generate_series(min(first_day), max(last_day), interval 1 day)) as date) as day
    from spans
    group by metric
),

-- an account that has begun and not yet ended is expected on every day between
expected as (
    select days.metric, days.day, count(*) as accounts
    from days
    inner join spans on days.metric = spans.metric and days.day between spans.first_day and spans.last_day
    group by days.metric, days.day
),

whole as (
    select
        days.metric, days.day, sums.aggregation,
        case when sums.known_accounts = expected.accounts then sums.value end as value
    from days
    left join expected using (metric, day)
    left join sums using (metric, day)
),

-- of a stock, what was added since the evening before
flows as (
    select
        metric, day,
        case
            when aggregation != 'stock' then value
            else value - lag(value) over (partition by metric order by day)
        end as value
    from whole
)

select roles.role, flows.metric, flows.day, flows.value
from flows
inner join roles using (metric)
