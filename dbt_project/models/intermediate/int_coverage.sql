-- Between the account's first record and the last complete day received, a day without a record is a measured zero.
-- Outside of it nothing is known, and nothing is filled.
select
    reached.account_id, reached.shape,
    arg_max(reached.first_day, reached.known_on) as first_day,
    least(arg_max(reached.last_complete_day, reached.known_on), any_value(run.as_of)) as last_complete_day
from {{ ref('int_reached') }} as reached
cross join {{ source('run', 'inputs') }} as run
where reached.first_day is not null
group by reached.account_id, reached.shape
