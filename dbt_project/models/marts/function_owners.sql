select
    profile, function, department, department_kind, role, share,
    -- an interval without an end is null here as in every published table; the join by day needs a day, and keeps it to itself
    nullif(valid_from, date '0001-01-01') as valid_from, nullif(valid_to, date '9999-12-31') as valid_to,
    ownership_rule, reason, approved_by
from {{ ref('int_function_owner') }}
