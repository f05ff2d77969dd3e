select
    metric, class, account_id, platform, brand, campaign, day, value, unit, currency, aggregation, missing_reason,
    numerator, denominator, is_provisional, received_at, source_file, definition_version
from {{ ref('int_kpi') }}
