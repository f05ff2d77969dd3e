-- One row per metric: the company's own total beside the totals of its departments, before and after, each from its own bookings.
with

company as (
    select
        metric, any_value(class) as class, any_value(unit) as unit, any_value(aggregation) as aggregation,
        any_value(currency) as currency, count(*) as numbers, sum(value) filter (where aggregation = 'additive') as total
    from numbers group by metric
),

booked_before as (
    select metric, count(*) as numbers, sum(value) filter (where aggregation = 'additive') as total
    from before_owned where role = 'accountable' group by metric
),

booked_after as (
    select metric, count(*) as numbers, sum(value) filter (where aggregation = 'additive') as total
    from after_owned where role = 'accountable' group by metric
),

moved as (select metric, bool_or(is_moved) as is_moved from moves group by metric)

select
    metric, company.class, company.unit, company.aggregation, company.currency,
    company.total as company, booked_before.total as before, booked_after.total as after,
    coalesce(booked_after.total, 0) - coalesce(booked_before.total, 0) as difference,
    coalesce(company.numbers, 0) as numbers, coalesce(booked_before.numbers, 0) as numbers_before,
    coalesce(booked_after.numbers, 0) as numbers_after,
    coalesce(moved.is_moved, false) as is_moved,
    -- a number that fell out of the bookings, or stands in them twice, moves the count even where it is zero or does not add up
    (
        company.total is not distinct from booked_before.total and company.total is not distinct from booked_after.total
        and company.numbers is not distinct from booked_before.numbers and company.numbers is not distinct from booked_after.numbers
    ) as is_kept
from company
full join booked_before using (metric)
full join booked_after using (metric)
left join moved using (metric)
order by company.class, metric
