-- A warning: a closed shop may still refund, and the number counts. A measured zero is nothing that anybody counted.
select
    account_id as subject, count(*) as checked,
    count(*) filter (where day < accounts.valid_from or day >= accounts.valid_to) as offences,
    concat_ws(
        ' ', 'numbers of', min(day) filter (where day < accounts.valid_from or day >= accounts.valid_to),
        'to', max(day) filter (where day < accounts.valid_from or day >= accounts.valid_to),
        'and in accounts.csv valid_from', coalesce(cast(accounts.valid_from as varchar), 'empty'),
        'valid_to', coalesce(cast(accounts.valid_to as varchar), 'empty')
    ) as detail
from kpi_daily
inner join accounts using (account_id)
where value != 0
group by account_id, accounts.valid_from, accounts.valid_to
