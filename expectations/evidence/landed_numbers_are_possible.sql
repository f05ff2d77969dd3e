-- Counts are never negative; money may be (a refund), and a ratio or an index may be. A count that its platform is known to take back
-- (the file's adapter declares which) may be a correction.
-- NaN and infinity poison every sum they meet.
with

numbers as (
    select
        counts.file_hash, counts.metric as named, count(*) as checked,
        count(*) filter (
            where counts.value is null
            -- a share of a whole lies between none and all of it
            or counts.value > metrics.highest
            or (
                not coalesce(list_contains(files.corrects, counts.metric), false)
                and (
                    counts.value < metrics.lowest
                    or (
                        counts.value < 0 and metrics.unit != 'money'
                        and metrics.aggregation in ('additive', 'stock', 'unique', 'lifetime', 'duration')
                    )
                )
            )
        ) as offences
    from landing_counts as counts
    left join rule_metrics as metrics on counts.metric = metrics.metric
    left join landing_files as files on counts.file_hash = files.file_hash
    group by all

    union all

    select
        file_hash,
        'seconds' as named,
        count(*) as checked,
        count(*) filter (where not isfinite(seconds) or seconds < 0) as offences
    from landing_activity
    where seconds is not null
    group by all

    union all

    select file_hash, 'sentiment' as named, count(*) as checked, count(*) filter (where not isfinite(sentiment)) as offences
    from landing_cases
    where sentiment is not null
    group by all
)

select
    concat_ws(' ', numbers.named, 'in', coalesce(files.source_file, numbers.file_hash)) as subject,
    numbers.checked, numbers.offences, 'negative, absent, beyond its bounds or not a finite number' as detail
from numbers
left join landing_files as files on numbers.file_hash = files.file_hash
