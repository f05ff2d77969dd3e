-- Numbers that stand where they should not: a tight multiple of what was expected, one day far away, or many days on the same side.
with

series as (select * from {{ ref('int_anomaly_series') }} where score is not null),

factors as (select factor, policy from {{ source('rules', 'unit_factors') }}),

-- the nearest factor, up or down; tight means that what is left is no more than a usual day's distance
multiples as (
    select
        series.metric, series.account_id, series.day, factors.policy as factor_policy,
        if(series.distance > 0, factors.factor, 1 / factors.factor) as factor
    from series
    inner join factors
        on abs(abs(series.distance) - ln(factors.factor)) <= least(3 * series.scatter, 0.25 * ln(factors.factor), 0.7)
    -- nothing is no sixtieth of something: a shop that was closed has slipped no unit
    where series.value > 0
    qualify row_number() over (
        partition by series.metric, series.account_id, series.day
        order by abs(abs(series.distance) - ln(factors.factor)), factors.factor
    ) = 1
),

-- a week on one side: seven days need not each be odd for their middle to be
sided as (
    select
        series.*, multiples.factor, multiples.factor_policy, series.distance = 0 and series.value = 0 as is_closed,
        median(series.distance) over last_seven as distance_of_week, median(series.score) over last_seven as score_of_week,
        -- a weekday on which a shop is closed stays what it was and speaks for no side
        count(*) filter (where series.distance > 0 or is_closed) over last_seven as days_above,
        count(*) filter (where series.distance < 0 or is_closed) over last_seven as days_below,
        count(*) filter (where multiples.factor > 1) over last_five as days_multiplied,
        count(*) filter (where multiples.factor < 1) over last_five as days_divided
    from series
    left join multiples using (metric, account_id, day)
    window
        last_seven as (partition by series.metric, series.account_id order by series.day rows between 6 preceding and current row),
        last_five as (partition by series.metric, series.account_id order by series.day rows between 4 preceding and current row)
),

-- what these weeks did a year ago, give or take one, they may do again: Christmas is no new level
seasoned as (
    select
        * replace (
            if(
                distance_of_week > 0,
                greatest(distance_of_week - greatest(max(distance_of_week) over a_year_ago, 0), 0),
                least(distance_of_week - least(min(distance_of_week) over a_year_ago, 0), 0)
            ) as distance_of_week
        )
    from sided
    window a_year_ago as (
        partition by metric, account_id
        order by day
        range between interval 371 days preceding and interval 357 days preceding
    )
),

kinds as (
    select *, 'unit_slip' as kind, 1 as lasted from sided where factor is not null
    union all
    select *, 'unit_change', if(factor > 1, days_multiplied, days_divided) from sided where factor is not null
    union all
    select *, 'spike', 1 from sided where distance > 0
    union all
    -- who sells a few things a day has days without money; a week without any is another thing
    select *, 'drop', 1 from sided where distance < 0 and not (value = 0 and applies_to = 'money')
    union all
    -- the day itself must lie beyond, too: the tail of a good week is none
    select
        * replace (if(abs(distance) < abs(distance_of_week), distance, distance_of_week) as distance, score_of_week as score),
        'level_shift', greatest(days_above, days_below)
    from seasoned
)

select
    kinds.metric, kinds.account_id, kinds.day, kinds.kind, rules.applies_to,
    kinds.expected, kinds.value as observed, if(starts_with(kinds.kind, 'unit_'), kinds.factor, null) as factor, kinds.score,
    -- kind and factor must be worth a held night (a tenfold day may be the best day of the year), and the series steady and known:
    -- where numbers jump about, a thousandfold one is no sign of anything
    if(
        rules.policy = 'hold' and kinds.factor_policy = 'hold'
        and coalesce(kinds.scatter <= rules.most_scatter, true) and coalesce(kinds.days_known >= rules.least_history_days, true),
        'hold', 'warn'
    ) as policy,
    rules.recent_days, kinds.last_day, kinds.as_of, kinds.received_at, kinds.source_file
from kinds
inner join {{ source('rules', 'anomaly_rules') }} as rules
    on
        kinds.kind = rules.kind and kinds.applies_to = rules.applies_to
        and abs(kinds.score) >= rules.least_score and abs(kinds.distance) >= ln(rules.least_ratio) and kinds.lasted >= rules.sustained_days
