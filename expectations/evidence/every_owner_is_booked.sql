-- From the rules outward: each row that speaks for a metric's function on a day is booked on every number of that day, exactly once.
-- The other guards begin at the bookings, and a contributor who was left out of them leaves nothing to look at.
with

numbers as (
    select kpi.metric, metrics.function, kpi.day, count(*) as cells
    from kpi_daily as kpi
    inner join rule_metrics as metrics on kpi.metric = metrics.metric
    group by kpi.metric, metrics.function, kpi.day
),

due as (
    select rules.profile, numbers.metric, rules.role, rules.department, rules.ownership_rule, numbers.day, numbers.cells
    from numbers
    inner join rule_owners as rules
        on
            numbers.function = rules.function
            and (rules.valid_from is null or rules.valid_from <= numbers.day)
            and (rules.valid_to is null or numbers.day < rules.valid_to)
),

booked as (
    select
        profile, metric, role, department, ownership_rule, day, count(*) as bookings,
        count(distinct row(account_id, campaign)) as cells
    from owned_kpi_daily
    group by all
)

select
    concat_ws(' ', due.metric, 'at', due.department, 'in profile', due.profile) as subject, sum(due.cells) as checked,
    count(*) filter (where not coalesce(booked.bookings = due.cells and booked.cells = due.cells, false)) as offences,
    concat_ws(
        ' ', due.role, 'by', min(due.ownership_rule), 'is not booked once on each number, from',
        min(due.day) filter (where not coalesce(booked.bookings = due.cells and booked.cells = due.cells, false))
    ) as detail
from due
left join booked
    on
        due.profile = booked.profile and due.metric = booked.metric and due.role = booked.role
        and due.department = booked.department and due.ownership_rule = booked.ownership_rule and due.day = booked.day
group by due.metric, due.department, due.profile, due.role
