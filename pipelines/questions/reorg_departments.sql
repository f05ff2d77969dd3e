-- One row per department and metric of which anything moves: what it answered for, gave, took, and answers for then.
with

legs as (
    select from_department as department, * exclude (from_department, to_department), 'before' as leg from moves
    union all by name
    select from_department as department, * exclude (from_department, to_department), 'lost' as leg from moves where is_moved
    union all by name
    select to_department as department, * exclude (from_department, to_department), 'gained' as leg from moves where is_moved
    union all by name
    select to_department as department, * exclude (from_department, to_department), 'after' as leg from moves
)

select
    department, metric, class, unit, aggregation, any_value(currency) as currency,
    {% for leg in ['before', 'gained', 'lost', 'after'] %}
    case when aggregation = 'additive' then coalesce(sum(value) filter (where leg = '{{ leg }}'), 0) end as {{ leg }},
    coalesce(sum(numbers) filter (where leg = '{{ leg }}'), 0) as numbers_{{ leg }}{{ '' if loop.last else ',' }}
    {% endfor %}
from legs
group by department, metric, class, unit, aggregation
having bool_or(leg in ('lost', 'gained'))
order by department, class, metric
