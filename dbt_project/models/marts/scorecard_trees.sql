select
    tree, profile, node, metric, class, aggregation, period_kind, period_start, value, unit, currency, missing_reason, direction,
    n_days, n_days_missing, is_provisional
from {{ ref('int_tree_scores') }}
