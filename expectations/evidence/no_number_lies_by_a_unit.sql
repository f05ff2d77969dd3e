-- Holds the night: a recent number that the rules hold for, which nobody has let stand. One row per series and kind.
with

judged as (select *, policy = 'hold' and is_recent and not is_acknowledged as holds from anomalies)

select
    concat_ws(' ', metric, 'of', account_id, kind) as subject, count(*) as checked, count(*) filter (where holds) as offences,
    concat_ws(
        ' ', 'on', min(day) filter (where holds), 'the file says', arg_min(round(observed, 2), day) filter (where holds),
        'and expected was', arg_min(round(expected, 2), day) filter (where holds), 'as if multiplied by',
        arg_min(factor, day) filter (where holds), 'in', arg_min(source_file, day) filter (where holds)
    ) as detail
from judged
group by metric, account_id, kind
