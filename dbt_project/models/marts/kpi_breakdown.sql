select metric, class, account_id, campaign, post, day, dimension, member, value, unit, aggregation, received_at, source_file
from {{ ref('int_breakdown') }}
