select account_id, platform, kind, brand, surface, time_zone, currency, valid_from, valid_to, name_en, name_zh, name_es, name_ko
from {{ source('rules', 'accounts') }}
