-- What was spent, by month and campaign, and the channel it went to: the one in which the campaign's touches came, a paid one before
-- others (posts carry the same campaign, and more often), or, where the spend names no campaign, the only channel that its account's
-- touches came in. Where touches tell neither, nobody guesses.
with

spend as (
    select
        counts.account_id, if(counts.is_rest, '', counts.campaign) as campaign, cast(date_trunc('month', counts.day) as date) as month,
        sum(counts.value) as spend, count(*) filter (where counts.missing_reason = 'no_rate') > 0 as is_unpriced
    from {{ ref('int_daily_counts') }} as counts
    inner join {{ source('rules', 'metrics') }} as metrics using (metric)
    where metrics.measure = 'spend'
    group by all
),

touches as (
    select account_id, campaign, channel, count(*) as touches
    from {{ ref('stg_touches') }}
    where is_current
    group by all
),

campaigns as (
    select campaign, channel, sum(touches) as touches from touches where campaign is not null group by campaign, channel
),

paid as (select distinct channel from {{ source('rules', 'channels') }} where is_paid),

campaign_channels as (
    select campaigns.campaign, campaigns.channel
    from campaigns
    left join paid on campaigns.channel = paid.channel
    qualify row_number() over (
        partition by campaigns.campaign order by paid.channel is null, campaigns.touches desc, campaigns.channel
    ) = 1
),

account_channels as (
    select account_id, min(channel) as channel from touches group by account_id having count(distinct channel) = 1
),

placed as (
    select
        spend.month, spend.account_id, nullif(spend.campaign, '') as campaign, spend.spend, spend.is_unpriced,
        coalesce(campaign_channels.channel, if(spend.campaign = '', account_channels.channel, null)) as channel
    from spend
    left join campaign_channels on spend.campaign = campaign_channels.campaign
    left join account_channels on spend.account_id = account_channels.account_id
)

select * from placed
