-- A warning: recent numbers that look odd and are no reason to hold a night, the best day of the year among them.
with

judged as (select *, policy = 'warn' and is_recent and not is_acknowledged as is_odd from anomalies)

select
    concat_ws(' ', metric, 'of', account_id, kind) as subject, count(*) as checked, count(*) filter (where is_odd) as offences,
    concat_ws(
        ' ', 'first on', min(day) filter (where is_odd), 'observed', arg_min(round(observed, 2), day) filter (where is_odd),
        'expected', arg_min(round(expected, 2), day) filter (where is_odd)
    ) as detail
from judged
group by metric, account_id, kind
