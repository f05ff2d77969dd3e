-- A warning: recent numbers that look odd and are no reason to hold a night, the best day of the year among them.
select
    concat_ws(' ', metric, 'of', account_id, kind) as subject, count(*) as checked,
    count(*) filter (where policy = 'warn' and is_recent and not is_acknowledged) as offences,
    concat_ws(
        ' ', 'first on', min(day) filter (where policy = 'warn' and is_recent and not is_acknowledged), 'observed',
        arg_min(round(observed, 2), day) filter (where policy = 'warn' and is_recent and not is_acknowledged), 'expected',
        arg_min(round(expected, 2), day) filter (where policy = 'warn' and is_recent and not is_acknowledged)
    ) as detail
from anomalies
group by metric, account_id, kind
