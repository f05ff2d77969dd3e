select account_id, period_kind, period_start, new_users, retained, resurrected, churned, active, is_complete
from {{ ref('int_growth') }}
