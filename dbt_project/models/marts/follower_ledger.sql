select account_id, day, opening, opening_day, gained, lost, closing, residual, missing_reason
from {{ ref('int_follower_ledger') }}
