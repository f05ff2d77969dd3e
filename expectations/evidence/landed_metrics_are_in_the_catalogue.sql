-- The few distinct pairs: a metric that landed, and the feed whose table it landed in.
select metric, feed, count(*) as cells, min(file_hash) as file_hash
from landing_counts
group by metric, feed
