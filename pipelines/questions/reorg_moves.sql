-- One row per metric and pair of departments: what the first answers for before, and the second after. What does not add up is counted, not summed.
with

owners_before as (select distinct metric, day, department from before_owned where role = 'accountable'),

owners_after as (select distinct metric, day, department from after_owned where role = 'accountable')

select
    numbers.metric, numbers.class, numbers.unit, numbers.aggregation, any_value(numbers.currency) as currency,
    owners_before.department as from_department, owners_after.department as to_department,
    owners_before.department != owners_after.department as is_moved,
    count(*) as numbers,
    sum(numbers.value) filter (where numbers.aggregation = 'additive') as value
from numbers
inner join owners_before using (metric, day)
inner join owners_after using (metric, day)
group by all
order by numbers.class, numbers.metric, from_department, to_department
