-- Two networks that count the same people have no common total, only bounds: nobody is common, or everybody is.
with

followers as (
    select
        lower(accounts.platform) as platform, ledger.day,
        sum(ledger.closing) as known, max(ledger.closing) as largest, count(*) = count(ledger.closing) as is_whole
    from {{ ref('int_follower_ledger') }} as ledger
    inner join {{ source('rules', 'accounts') }} as accounts using (account_id)
    group by lower(accounts.platform), ledger.day
),

pairs as (
    select
        pairs.platform_a, pairs.platform_b, pairs.note, first.day,
        case when first.is_whole then first.known end as followers_a,
        case when second.is_whole then second.known end as followers_b,
        greatest(first.largest, second.largest) as at_least
    from {{ source('rules', 'network_overlap') }} as pairs
    inner join followers as first on pairs.platform_a = first.platform
    inner join followers as second on pairs.platform_b = second.platform and first.day = second.day
)

select
    platform_a, platform_b, day, followers_a, followers_b, at_least, followers_a + followers_b as at_most,
    case when followers_a is null or followers_b is null then 'not_reported' end as missing_reason, note
from pairs
