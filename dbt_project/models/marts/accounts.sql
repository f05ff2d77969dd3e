select account_id, platform, kind, brand, surface, time_zone, currency, valid_from, valid_to
from {{ source('rules', 'accounts') }}
