-- Money without a currency can be added to any other money, which is how a wrong total looks right.
with

money as (
    select counts.file_hash, counts.metric as named, counts.currency
    from landing_counts as counts
    inner join rule_metrics as metrics on counts.metric = metrics.metric
    where metrics.unit = 'money' and metrics.aggregation != 'ratio'

    union all

    select file_hash, 'order values' as named, currency from landing_orders
)

select
    concat_ws(' ', money.named, 'in', coalesce(files.source_file, money.file_hash)) as subject, count(*) as checked,
    count(*) filter (where money.currency is null or not regexp_full_match(money.currency, '[A-Z]{3}')) as offences,
    'no currency code of three capital letters' as detail
from money
left join landing_files as files on money.file_hash = files.file_hash
group by all
