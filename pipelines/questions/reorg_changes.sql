-- The days on which the two sets of rows begin to differ, or cease to: looked for at every end of an interval of either.
with

ends as (
    {% for side in ['before', 'after'] %}
    select function, valid_from as day from {{ side }}_functions
    union
    select function, valid_to as day from {{ side }}_functions
    {{ '' if loop.last else 'union' }}
    {% endfor %}
),

held as (
    {% for side in ['before', 'after'] %}
    select
        '{{ side }}' as side, ends.function, ends.day,
        string_agg(concat_ws(':', owners.department, owners.role, owners.share), '|' order by owners.role, owners.department) as owners
    from ends
    left join {{ side }}_functions as owners
        on ends.function = owners.function and ends.day >= owners.valid_from and ends.day < owners.valid_to
    group by ends.function, ends.day
    {{ '' if loop.last else 'union all' }}
    {% endfor %}
)

select distinct day
from (select * from held where side = 'before') as before
inner join (select * from held where side = 'after') as after using (function, day)
where before.owners is distinct from after.owners
order by day
