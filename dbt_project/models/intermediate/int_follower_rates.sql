-- What an audience grew by and lost in a month that is over, against what the month opened with. Taken from the ledger's two ends, so what the
-- platform's flows leave unexplained is in the growth as it is in the followers. Months do not add up: each opens with another audience.
with

ledger as (select *, cast(date_trunc('month', day) as date) as month from {{ ref('int_follower_ledger') }}),

spans as (select account_id, min(day) as first_day, max(day) as last_day from ledger group by account_id),

months as (
    select
        account_id, month, bool_or(has_snapshot) as has_snapshot,
        -- the closing of the evening before the month, not an older one
        any_value(opening) filter (where day = month and opening_day = day - 1) as opening,
        any_value(closing) filter (where day = last_day(month)) as closing,
        if(count(lost) = day(last_day(month)), sum(lost), null) as lost
    from ledger
    group by account_id, month
),

rates as (
    select months.account_id, months.month, months.opening, spans.first_day, months.has_snapshot, parts.measure, parts.part
    from months
    inner join spans using (account_id)
    cross join lateral (values ('followers.growth_month', closing - opening), ('followers.churn_month', lost)) as parts (measure, part)
    where spans.last_day >= last_day(months.month)
)

select
    account_id, measure, month,
    case when opening is not null then cast(part as decimal(38, 6)) end as numerator,
    case when part is not null then cast(opening as decimal(38, 6)) end as denominator,
    case when opening > 0 then part / opening end as value,
    case
        when opening > 0 and part is not null then null
        when opening = 0 then 'no_denominator'
        when not has_snapshot then 'no_snapshot'
        when opening is null and first_day >= month then 'first_snapshot'
        else 'not_reported'
    end as missing_reason
from rates
