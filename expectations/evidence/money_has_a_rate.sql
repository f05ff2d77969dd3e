-- A warning: the numbers that are there stay true, and every sum of money is short of what had no rate.
select
    concat_ws(' ', metric, 'of', account_id) as subject, count(*) as checked,
    count(*) filter (where missing_reason = 'no_rate') as offences,
    concat_ws(
        ' ', 'no rate on', count(distinct day) filter (where missing_reason = 'no_rate'), 'days from',
        min(day) filter (where missing_reason = 'no_rate'), 'to', max(day) filter (where missing_reason = 'no_rate')
    ) as detail
from kpi_daily
where unit = 'money'
group by metric, account_id
