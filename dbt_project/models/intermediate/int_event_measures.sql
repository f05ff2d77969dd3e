-- Measures are structural ("orders, counted"); the catalogue says which metric each one is. No metric is named here.
with

orders as (select * from {{ ref('stg_orders') }} where is_current),

activity as (select * from {{ ref('stg_activity') }} where is_current),

-- who was there, and who for the first time, is counted where cohorts and growth are: there is one answer to it
people as (
    select account_id, period_start as day, sum(active) as active, sum(active) filter (where cohort_start = period_start) as new_people
    from {{ ref('int_moves') }}
    where period_kind = 'day'
    group by account_id, period_start
),

sessions as (select * from {{ ref('int_sessions') }}),

conversion_events as (
    select activity.account_id, activity.day, rules.measure
    from activity
    inner join {{ source('rules', 'event_rules') }} as rules on lower(activity.event) = lower(rules.event)
    where rules.measure is not null
),

measured as (
    select
        'orders' as shape, account_id, day, 'orders.count' as measure,
        count(*) filter (where status = 'paid')::decimal(38, 6) as value, null::decimal(38, 6) as numerator, null::decimal(38, 6) as denominator,
        false as is_money, 0 as unpriced
    from orders group by account_id, day
    union all
    select
        'orders', account_id, day, 'orders.value',
        coalesce(sum(value_company) filter (where status = 'paid'), 0), null, null,
        true, count(*) filter (where status = 'paid' and value_company is null)
    from orders group by account_id, day
    union all
    select
        'orders', account_id, day, 'orders.gross',
        coalesce(sum(gross_company) filter (where status in ('paid', 'refunded')), 0), null, null,
        true, count(*) filter (where status in ('paid', 'refunded') and gross_company is null)
    from orders group by account_id, day
    union all
    select 'orders', account_id, day, 'orders.people', count(distinct person) filter (where status = 'paid'), null, null, false, 0
    from orders group by account_id, day
    union all
    select 'activity', account_id, day, 'activity.people', active, null, null, false, 0
    from people
    union all
    select 'activity', account_id, day, 'activity.new_people', new_people, null, null, false, 0
    from people where new_people > 0
    union all
    select 'activity', account_id, day, 'activity.sessions', visits, null, null, false, 0
    from sessions
    union all
    select
        'activity', account_id, day, 'activity.seconds_per_person',
        null, sum(seconds)::decimal(38, 6), count(distinct person) filter (where seconds is not null), false, 0
    from activity group by account_id, day having count(seconds) > 0
    union all
    select 'activity', account_id, day, measure, count(*), null, null, false, 0
    from conversion_events group by account_id, day, measure
    union all
    select 'cases', account_id, day, measure, value, numerator, denominator, false, 0
    from {{ ref('int_case_measures') }} where is_filled
),

fed as (
    -- which measures an account has ever shown: a shop that never sent an event of a kind is not a shop with zero of them
    select distinct shape, account_id, measure, is_money, denominator is not null as is_ratio from measured
    union
    -- an orders feed without a single order yet is still an orders feed
    select coverage.shape, coverage.account_id, kinds.measure, kinds.is_money, false
    from {{ ref('int_coverage') }} as coverage
    cross join (values ('orders.count', false), ('orders.value', true), ('orders.gross', true), ('orders.people', false)) as kinds (measure, is_money)
    where coverage.shape = 'orders'
),

spine as (
    select fed.*, cast(unnest(generate_series(coverage.first_day, coverage.last_complete_day, interval 1 day)) as date) as day
    from fed
    inner join {{ ref('int_coverage') }} as coverage using (account_id, shape)
),

days as (
    select shape, account_id, measure, is_money, is_ratio, day from spine
    union
    select shape, account_id, measure, is_money, denominator is not null, day from measured
)

select
    days.shape, days.account_id, days.measure, days.day, days.is_money,
    measured.numerator, measured.denominator,
    case
        when measured.unpriced > 0 then null
        when days.is_ratio and coalesce(measured.denominator, 0) > 0
            then cast(round(measured.numerator::double / measured.denominator::double, 6) as decimal(38, 6))
        when not days.is_ratio then coalesce(measured.value, 0)
    end as value,
    case
        when measured.unpriced > 0 then 'no_rate'
        when days.is_ratio and coalesce(measured.denominator, 0) = 0 then 'no_denominator'
    end as missing_reason,
    days.day > coverage.last_complete_day as is_provisional
from days
inner join {{ ref('int_coverage') }} as coverage using (account_id, shape)
left join measured using (shape, account_id, measure, day)
union all
-- a typical case is there on a day that had one; a day without is no zero
select
    'cases' as shape, cases.account_id, cases.measure, cases.day, false as is_money,
    cases.numerator, cases.denominator, cases.value, cases.missing_reason, cases.day > coverage.last_complete_day as is_provisional
from {{ ref('int_case_measures') }} as cases
inner join {{ ref('int_coverage') }} as coverage on cases.account_id = coverage.account_id and coverage.shape = 'cases'
where not cases.is_filled
