-- Every number in one shape, before ratios are formed: counts as reported, events as measured.
with

metrics as (select * from {{ source('rules', 'metrics') }}),

from_counts as (
    select
        counts.metric, counts.account_id, counts.campaign, counts.day, counts.value, counts.missing_reason,
        counts.received_at, counts.source_file, counts.is_money,
        null::decimal(38, 6) as numerator, null::decimal(38, 6) as denominator,
        counts.is_provisional, false as is_measured
    from {{ ref('int_daily_counts') }} as counts
),

event_files as (
    select shape, account_id, day, max(received_at) as received_at, arg_max(source_file, delivery_order) as source_file
    from {{ ref('int_told') }}
    where shape != 'touches'
    group by shape, account_id, day
),

-- A measured zero has no record to point to: the first file that reached past the day is what measured it.
last_files as (
    select
        account_id, day as known_to, shape, received_at, source_file
    from event_files
    where received_at is not null
),

from_events as (
    select
        metrics.metric, measures.account_id, '' as campaign, measures.day, measures.value, measures.missing_reason,
        coalesce(own.received_at, later.received_at) as received_at,
        coalesce(own.source_file, later.source_file) as source_file,
        measures.is_money, measures.numerator, measures.denominator, measures.is_provisional, true as is_measured
    from {{ ref('int_event_measures') }} as measures
    inner join metrics using (measure)
    left join event_files as own using (shape, account_id, day)
    asof left join last_files as later
        on measures.account_id = later.account_id and measures.shape = later.shape and measures.day <= later.known_to
),

from_periods as (
    select
        metrics.metric, periods.account_id, '' as campaign, periods.day,
        cast(round(periods.value, 6) as decimal(38, 6)) as value, periods.missing_reason,
        periods.received_at, periods.source_file, false as is_money,
        cast(periods.numerator as decimal(38, 6)) as numerator, cast(periods.denominator as decimal(38, 6)) as denominator,
        false as is_provisional, true as is_measured
    from {{ ref('int_period_measures') }} as periods
    inner join metrics using (measure)
)

select * from (
    select * from from_counts
    union all
    select * from from_events
    union all
    select * from from_periods
)
-- What was counted from records stands before what a platform says of the same day; a null stands only where nothing better is known.
qualify row_number() over (partition by metric, account_id, campaign, day order by value is null, not is_measured) = 1
