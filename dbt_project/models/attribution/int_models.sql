-- Models that look equally far back and read resets and repeats alike walk the same way: it is laid out once, not once a model.
select *, dense_rank() over (order by look_back_days, journey_resets, collapse_repeats) as way
from {{ source('rules', 'attribution_models') }}
