with

renamed as (
    select
        counts.* replace (
            coalesce(campaigns.renamed, counts.campaign) as campaign,
            coalesce(members.renamed, counts.member) as member
        )
    from {{ ref('stg_landed_counts') }} as counts
    left join {{ ref('stg_renamed_counts') }} as campaigns
        on
            counts.account_id = campaigns.account_id and counts.metric = campaigns.metric and counts.day = campaigns.day
            and campaigns.whole = '' and counts.campaign = campaigns.name
    left join {{ ref('stg_renamed_counts') }} as members
        on
            counts.account_id = members.account_id and counts.metric = members.metric and counts.day = members.day
            and members.whole = {{ whole_of('counts') }} and counts.member = members.name
)

-- Every generation stays, because what was believed before is asked for later; the current one is generation 1.
select
    *,
    row_number() over (
        partition by account_id, metric, day, campaign, post, dimension, member order by delivery_order desc
    ) = 1 as is_current
from renamed
