-- What cases add up to on the day of their opening. is_filled: a day without a case is a measured zero.
with

cases as (select * from {{ ref('stg_cases') }} where is_current),

mentions as (select * from cases where kind = 'mention'),

-- Where nobody judges, nothing negative is not measured.
judging as (select distinct account_id from mentions where sentiment is not null),

days as (select * from {{ ref('int_response_periods') }} where period_kind = 'day')

select
    account_id, day, 'cases.mentions' as measure, true as is_filled,
    cast(count(*) filter (where kind = 'mention') as decimal(38, 6)) as value,
    null::decimal(38, 6) as numerator, null::decimal(38, 6) as denominator, null::varchar as missing_reason
from cases group by account_id, day
union all
select account_id, day, 'cases.negative_mentions', true, count(*) filter (where kind = 'mention' and sentiment < 0), null, null, null
from cases where account_id in (select judging.account_id from judging) group by account_id, day
union all
select
    account_id, day, 'cases.net_sentiment', true,
    null, count(*) filter (where sentiment > 0) - count(*) filter (where sentiment < 0), count(*), null
from mentions where sentiment is not null group by account_id, day
union all
select
    account_id, period_start, concat('cases.', clock, '_', cast(target_minutes as integer), 'm_rate'), true,
    null, n_within_target, n - n_pending, null
from days where target_minutes is not null
union all
select
    account_id, period_start, concat('cases.', clock, '_minutes'), false,
    p50_minutes, null, null, if(p50_minutes is null, 'still_open', null)
from days
union all
-- the middle decision by nearest rank: a day's hops are those of a decision that there was
select account_id, day, 'cases.hops', false, quantile_disc(hops, 0.5), null, null, null
from cases where hops is not null group by account_id, day
