select account_id, day, opening, opening_day, gained, lost, closing, net, residual, missing_reason
from {{ ref('int_follower_ledger') }}
