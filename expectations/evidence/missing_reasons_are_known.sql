-- A reason that has no words cannot be told to a reader. Rows with a number stand for themselves.
with

said as (
    select missing_reason, 'kpi_daily' as table_name, metric as example from kpi_daily
    union all
    select missing_reason, 'scorecard' as table_name, metric as example from scorecard
    union all
    select missing_reason, 'follower_ledger' as table_name, account_id as example from follower_ledger
    union all
    select missing_reason, 'credit' as table_name, member as example from credit
)

select coalesce(missing_reason, '(a number)') as missing_reason, table_name, count(*) as cells, min(example) as example
from said
group by missing_reason, table_name
