-- What people did over a period, booked on its first day: periods that are over, cohorts whose day N is over, months of an audience.
-- Its file is the newest that speaks of the period: one that tells of other days has changed nothing of it.
with

metrics as (select metric, measure from {{ source('rules', 'metrics') }}),

people as (
    select
        account_id, 'activity.people_month' as measure, period_start as day, last_day(period_start) as last_day, false as is_cohort,
        active as value, null as numerator, null as denominator, null as missing_reason
    from {{ ref('int_growth') }}
    where period_kind = 'month' and is_complete
    union all
    select
        account_id, 'activity.visits_week', period_start, period_start + 6, false,
        visits_per_person, visits, active, visits_missing_reason
    from {{ ref('int_activity_summary') }}
    where period_kind = 'week' and is_complete and visits is not null
    union all
    select
        account_id, 'cohorts.d' || period_number, cohort_start, cohort_start + cast(period_number as integer), true,
        retained / cohort_size, retained, cohort_size, null
    from {{ ref('int_cohorts') }}
    where period_kind = 'day' and definition = 'classic' and is_mature
),

measured as (
    select * from people where measure in (select measure from metrics)
    union all by name
    -- a month opens with the followers of the evening before
    select * rename (month as day), last_day(month) as last_day, false as is_cohort from {{ ref('int_follower_rates') }}
),

-- Orders stand in for activity only where there is none.
spoken as (
    select
        false as is_audience, account_id, day, shape = 'activity' as is_fuller,
        max(delivery_order) as delivery_order, max(received_at) as received_at, arg_max(source_file, delivery_order) as source_file
    from {{ ref('int_told') }}
    where shape in ('activity', 'orders')
    group by account_id, day, shape
    union all
    select
        true, account_id, day, true,
        max(delivery_order), max(received_at), arg_max(source_file, delivery_order)
    from {{ ref('stg_counts') }}
    where metric in (select metric from metrics where measure in ('followers.closing', 'followers.gained', 'followers.lost'))
    group by account_id, day
),

files as (
    select
        measured.account_id, measured.measure, measured.day,
        arg_max(spoken.received_at, (spoken.is_fuller, spoken.delivery_order)) as received_at,
        arg_max(spoken.source_file, (spoken.is_fuller, spoken.delivery_order)) as source_file
    from measured
    inner join spoken
        on
            measured.account_id = spoken.account_id
            and spoken.is_audience = starts_with(measured.measure, 'followers.')
            and spoken.day between measured.day - cast(spoken.is_audience as integer) and measured.last_day
            and (not measured.is_cohort or spoken.day in (measured.day, measured.last_day))
    group by measured.account_id, measured.measure, measured.day
)

-- the company as a whole has no file of its own: it stays in the tables of people
select measured.* exclude (last_day, is_cohort), files.received_at, files.source_file
from measured
left join files using (account_id, measure, day)
