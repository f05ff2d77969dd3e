-- What people did over a period, booked on its first day: periods that are over, cohorts whose day N is over, months of an audience.
with

newest_people_files as (
    select account_id, max(received_at) as received_at, arg_max(source_file, delivery_order) as source_file
    from (
        {% for shape in ['activity', 'orders'] %}
        select account_id, received_at, source_file, delivery_order from {{ ref('stg_' ~ shape) }}
        {{ 'union all' if not loop.last }}
        {% endfor %}
    )
    group by account_id
),

newest_follower_files as (
    select counts.account_id, max(counts.received_at) as received_at, arg_max(counts.source_file, counts.delivery_order) as source_file
    from {{ ref('stg_counts') }} as counts
    inner join {{ source('rules', 'metrics') }} as metrics using (metric)
    where metrics.measure in ('followers.closing', 'followers.gained', 'followers.lost')
    group by counts.account_id
),

people as (
    select
        account_id, 'activity.people_month' as measure, period_start as day, active as value, null as numerator, null as denominator,
        null as missing_reason
    from {{ ref('int_growth') }}
    where period_kind = 'month' and is_complete
    union all
    select account_id, 'activity.visits_week', period_start, visits_per_person, visits, active, visits_missing_reason
    from {{ ref('int_activity_summary') }}
    where period_kind = 'week' and is_complete and visits is not null
    union all
    select account_id, 'cohorts.d' || period_number, cohort_start, retained / cohort_size, retained, cohort_size, null
    from {{ ref('int_cohorts') }}
    where period_kind = 'day' and definition = 'classic' and is_mature
)

-- the company as a whole has no file of its own: it stays in the tables of people
select people.*, files.received_at, files.source_file
from people
inner join newest_people_files as files using (account_id)
union all by name
select rates.* rename (month as day), files.received_at, files.source_file
from {{ ref('int_follower_rates') }} as rates
inner join newest_follower_files as files using (account_id)
