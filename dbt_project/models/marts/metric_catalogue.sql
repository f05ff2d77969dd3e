select
    metric, code, class, function, unit, grain, aggregation, direction, null_policy, horizon, lands_in_product_data,
    surface, feed, measure, numerator, denominator, multiplier, lowest, highest,
    cast(definition_version as integer) as definition_version, valid_from, valid_to,
    name_en, name_zh, name_es, name_ko, description
from {{ source('rules', 'metrics') }}
