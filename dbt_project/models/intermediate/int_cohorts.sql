-- Two readings of "came back": in exactly that period (classic), in that period or any later one (rolling).
with

periods as (select * from {{ ref('int_periods') }}),

-- How far each kind is followed; a hundred years of months is all of them.
horizons (period_kind, horizon) as (values ('day', 180), ('week', 78), ('month', 1200)),

-- What happens beyond the horizon still says that people came back later than each number within it.
moves as (
    select
        moves.*, born.place as born_place, horizons.horizon, periods.place - born.place as period_number,
        least(periods.place - born.place, horizons.horizon) as last_number
    from {{ ref('int_moves') }} as moves
    inner join periods using (account_id, period_kind, period_start)
    inner join periods as born
        on moves.account_id = born.account_id and moves.period_kind = born.period_kind and moves.cohort_start = born.period_start
    inner join horizons on moves.period_kind = horizons.period_kind
),

cohorts as (
    select account_id, period_kind, cohort_start, born_place, horizon, active as cohort_size from moves where period_number = 0
),

last_seen as (
    select account_id, period_kind, cohort_start, last_number as period_number, sum(last_seen) as people
    from moves
    group by account_id, period_kind, cohort_start, last_number
),

grid as (
    select
        cohorts.account_id, cohorts.period_kind, cohorts.cohort_start, cohorts.cohort_size,
        periods.place - cohorts.born_place as period_number,
        -- the whole period is known, not only its first days
        periods.ends_known as is_mature
    from cohorts
    inner join periods
        on
            cohorts.account_id = periods.account_id and cohorts.period_kind = periods.period_kind
            and periods.place between cohorts.born_place and cohorts.born_place + cohorts.horizon
),

matrix as (
    select
        grid.*, coalesce(moves.active, 0) as classic,
        cast(sum(coalesce(last_seen.people, 0)) over (
            partition by grid.account_id, grid.period_kind, grid.cohort_start order by grid.period_number desc
        ) as bigint) as rolling
    from grid
    left join moves using (account_id, period_kind, cohort_start, period_number)
    left join last_seen using (account_id, period_kind, cohort_start, period_number)
),

defined as (
    {% for definition in ['classic', 'rolling'] %}
    select
        account_id, period_kind, cohort_start, period_number, '{{ definition }}' as definition, cohort_size,
        {{ definition }} as retained, is_mature
    from matrix
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from defined
