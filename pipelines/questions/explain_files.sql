-- Every file that speaks of the cell's account and day, the latest first: how many of its records do, and how many of them still count.
-- Counts speak of the metric itself; of the event shapes only those that the metric's measure is taken from.
with

measure as (select measure from published.metric_catalogue where metric = $metric),

shapes as (
    select distinct measures.shape
    from working.intermediate.int_event_measures as measures
    inner join measure using (measure)
),

rests as (
    select distinct account_id from published.kpi_daily where metric = $metric and day = $day and campaign = 'unattributed'
),

spoken as (
    select
        'counts' as shape, account_id,
        -- what campaigns leave over of an account is told by the account's own report
        case when is_whole and account_id in (select account_id from rests) then 'unattributed' else campaign end as campaign,
        file_hash, line, is_current,
        if(dimension = '', value, null) as said
    from working.staging.stg_counts
    where metric = $metric and day = $day
    {% for shape in ['activity', 'orders', 'cases'] %}
    union all
    select '{{ shape }}', account_id, null as campaign, file_hash, line, is_current, null as said
    from working.staging.stg_{{ shape }}
    where
        day = $day and exists (select 1 from measure where measure is not null)
        -- a measure over a period has no day of its own: then every event of the day is behind it
        and ('{{ shape }}' in (select shape from shapes) or not exists (select 1 from shapes))
    {% endfor %}
)

select
    spoken.shape, spoken.account_id, spoken.campaign, told.source_file, told.received_at, spoken.file_hash,
    count(*) as records, count(*) filter (where spoken.is_current) as counted,
    min(spoken.line) as first_line, max(spoken.line) as last_line,
    case when count(*) = 1 then any_value(spoken.said) end as said
from spoken
inner join working.staging.stg_files as told using (file_hash)
-- the published version may be an older one than the working file: of a file that it did not know it cannot be made
inner join (select distinct file_hash from published.files) as files using (file_hash)
where $account is null or spoken.account_id = $account
group by all
order by spoken.account_id, spoken.campaign, told.received_at desc, told.source_file, spoken.shape
