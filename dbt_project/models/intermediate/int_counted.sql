with

delivered as (
    select counts.*, metrics.aggregation
    from {{ ref('stg_counts') }} as counts
    inner join {{ source('rules', 'metrics') }} as metrics using (metric)
    where counts.day is not null
),

-- The platform's own total stands for itself; its breakdown is used only where there is no total, or the day would count twice.
-- A newer delivery takes the place of an older one part by part, so what stands beside what is the same among all that was delivered.
without_double as (
    select
        *,
        bool_or(dimension = '') over (partition by account_id, metric, day, campaign, post) as has_total,
        bool_or(post = '') over (partition by account_id, metric, day, campaign) as has_account_row,
        min(dimension) over (partition by account_id, metric, day, campaign, post) as first_dimension
    from delivered
),

-- Lists that name posts in their own way (a video's number, an address) tell of the posts that the platform's own list names.
named as (
    select distinct account_id, metric, campaign, true as is_named from delivered where post != '' and dimension = ''
),

counted as (
    select without_double.* exclude (has_total, has_account_row, first_dimension)
    from without_double
    left join named using (account_id, metric, campaign)
    where
        (post = '' or not has_account_row)
        and (dimension = '' or (not has_total and dimension = first_dimension))
        and not (is_lifetime and post != '' and dimension != '' and is_named is not null)
),

-- Campaigns beside a report of their whole account are parts of it, and are known, so that spend has its campaign.
parted as (
    select
        *,
        aggregation = 'additive' and not is_whole and bool_or(is_whole) over (partition by account_id, metric, day) as is_part
    from counted
)

select parted.*, rates.rate_to_company
from parted
asof left join {{ ref('stg_fx_rates') }} as rates
    on parted.currency = rates.currency and parted.day >= rates.day
