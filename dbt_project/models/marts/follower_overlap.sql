select
    platform_a, platform_b, day,
    cast(followers_a as decimal(38, 0)) as followers_a, cast(followers_b as decimal(38, 0)) as followers_b,
    cast(at_least as decimal(38, 0)) as at_least, cast(at_most as decimal(38, 0)) as at_most,
    missing_reason, note
from {{ ref('int_follower_overlap') }}
