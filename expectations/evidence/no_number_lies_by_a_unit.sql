-- Holds the night: a recent number that the rules hold for, which nobody has let stand. One row per series and kind.
select
    concat_ws(' ', metric, 'of', account_id, kind) as subject, count(*) as checked,
    count(*) filter (where policy = 'hold' and is_recent and not is_acknowledged) as offences,
    concat_ws(
        ' ', 'on', min(day) filter (where policy = 'hold' and is_recent and not is_acknowledged), 'the file says',
        arg_min(round(observed, 2), day) filter (where policy = 'hold' and is_recent and not is_acknowledged), 'and expected was',
        arg_min(round(expected, 2), day) filter (where policy = 'hold' and is_recent and not is_acknowledged), 'as if multiplied by',
        arg_min(factor, day) filter (where policy = 'hold' and is_recent and not is_acknowledged), 'in',
        arg_min(source_file, day) filter (where policy = 'hold' and is_recent and not is_acknowledged)
    ) as detail
from anomalies
group by metric, account_id, kind
