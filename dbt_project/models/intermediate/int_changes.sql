-- Every delivery that moved a day's number, as a difference. Adding the differences up to a day gives what was believed on that day.
with

metrics as (select metric, measure from {{ source('rules', 'metrics') }}),

-- Of people reached by two campaigns no sum is true, before as after.
counts as (
    select *, {{ in_company_currency('value') }} as worth
    from {{ ref('int_counted') }}
    where not is_lifetime and (currency is null or rate_to_company is not null)
    qualify aggregation = 'additive' or count(distinct row(campaign, post, dimension, member)) over (partition by account_id, metric, day) = 1
),

count_moves as (
    select
        metric, account_id, day, is_part, received_at, source_file, delivery_order,
        worth - coalesce(lag(worth) over (
            partition by account_id, metric, day, campaign, post, dimension, member order by delivery_order
        ), 0) as change
    from counts
),

count_deliveries as (
    select
        metric, account_id, day, delivery_order, max(received_at) as received_at, max(source_file) as source_file,
        sum(change) filter (where is_part) as of_parts, sum(change) filter (where not is_part) as of_wholes
    from count_moves
    group by metric, account_id, day, delivery_order
),

-- What was known with each delivery: the account's own number, or that of its campaigns where they add up to more.
count_numbers as (
    select *, greatest(sum(of_wholes) over so_far, sum(of_parts) over so_far) as number
    from count_deliveries
    window so_far as (partition by account_id, metric, day order by delivery_order)
),

count_changes as (
    select
        metric, account_id, day, received_at, source_file, delivery_order,
        number - coalesce(lag(number) over (partition by account_id, metric, day order by delivery_order), 0) as change
    from count_numbers
),

-- An order that is refunded later leaves the day on which it was placed: what a delivery says less what the one before it said.
order_generations as (
    select
        account_id, order_id, day, received_at, source_file, delivery_order, line,
        if(status = 'paid', 1, 0) as counted, if(status = 'paid', value_company, 0) as earned
    from {{ ref('stg_orders') }}
),

order_moves as (
    select
        account_id, day, received_at, source_file, delivery_order,
        counted, coalesce(earned, 0) as earned
    from order_generations
    union all
    select
        account_id, lag(day) over generations as day, received_at, source_file, delivery_order,
        -lag(counted) over generations as counted, -coalesce(lag(earned) over generations, 0) as earned
    from order_generations
    window generations as (partition by account_id, order_id order by delivery_order, line)
),

first_told as (
    select shape, account_id, day, min(cast(received_at as date)) as known_on
    from {{ ref('int_told') }}
    where shape in ('orders', 'activity')
    group by shape, account_id, day
),

-- A day whose records came late was a measured zero since the first night that reached past it without them.
late_days as (
    select first_told.shape, first_told.account_id, first_told.day, min(reached.received_at) as received_at
    from first_told
    inner join {{ ref('int_reached') }} as reached
        on
            first_told.account_id = reached.account_id and first_told.shape = reached.shape
            and reached.known_on < first_told.known_on
            and first_told.day between reached.first_day and reached.last_complete_day
    group by first_told.shape, first_told.account_id, first_told.day
),

event_changes as (
    select 'orders.count' as measure, account_id, day, received_at, source_file, delivery_order, counted as change
    from order_moves where day is not null
    union all
    select 'orders.value', account_id, day, received_at, source_file, delivery_order, earned
    from order_moves where day is not null
    union all
    select 'activity.people', account_id, day, received_at, source_file, delivery_order, people
    from {{ ref('int_people_told') }}
    union all
    select followed.measure, late_days.account_id, late_days.day, late_days.received_at, null, 0, 0
    from late_days
    inner join (values ('orders', 'orders.count'), ('orders', 'orders.value'), ('activity', 'activity.people')) as followed (shape, measure)
        using (shape)
),

changes as (
    select * from count_changes
    union all by name
    select event_changes.* exclude (measure), metrics.metric from event_changes inner join metrics using (measure)
)

select
    metric, account_id, day, cast(received_at as date) as known_on,
    max(received_at) as received_at, arg_max(source_file, delivery_order) as source_file,
    cast(sum(change) as decimal(38, 6)) as change
from changes
group by metric, account_id, day, cast(received_at as date)
