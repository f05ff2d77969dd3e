-- One row per function whose owner or helpers differ on some of the days asked: who, by which row, from the first to the last such day.
with

functions as (
    select function from before_functions
    union
    select function from after_functions
),

asked as (select function, day from functions cross join days),

held as (
    {% for side in ['before', 'after'] %}
    select
        '{{ side }}' as side, asked.function, asked.day,
        coalesce(any_value(owners.department) filter (where owners.role = 'accountable'), 'unassigned') as department,
        any_value(owners.ownership_rule) filter (where owners.role = 'accountable') as ownership_rule,
        any_value(owners.reason) filter (where owners.role = 'accountable') as reason,
        any_value(owners.approved_by) filter (where owners.role = 'accountable') as approved_by,
        coalesce(string_agg(owners.department, '|' order by owners.department) filter (where owners.role != 'accountable'), '') as helpers
    from asked
    left join {{ side }}_functions as owners
        on asked.function = owners.function and asked.day >= owners.valid_from and asked.day < owners.valid_to
    group by asked.function, asked.day
    {{ '' if loop.last else 'union all' }}
    {% endfor %}
)

select
    function, min(day) as first_day, max(day) as last_day,
    before.department as from_department, after.department as to_department,
    before.helpers as from_helpers, after.helpers as to_helpers,
    before.ownership_rule as from_rule, after.ownership_rule as to_rule, after.reason, after.approved_by
from (select * from held where side = 'before') as before
inner join (select * from held where side = 'after') as after using (function, day)
where before.department != after.department or before.helpers != after.helpers
group by all
order by function, first_day
