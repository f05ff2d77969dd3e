-- The published owners with a day at both ends, as the join by day asks for them.
select * replace (coalesce(valid_from, date '0001-01-01') as valid_from, coalesce(valid_to, date '9999-12-31') as valid_to)
from published.function_owners
