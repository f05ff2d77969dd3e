-- Spend stands beside every conversion type, because a campaign is not paid once for each:
-- sum it within one model, dimension and type.
with

types as (
    select distinct conversion_type, false as carries_value
    from {{ source('rules', 'event_rules') }}
    where conversion_type is not null
    union all
    select unnest(['first_order', 'repeat_order']), true
),

models as (select * from {{ ref('int_models') }}),

earned as (select * from {{ ref('int_credit') }}),

listed as (
    select
        models.model, types.conversion_type, types.carries_value, members.dimension, members.member, members.month, members.spend,
        cast(coalesce(earned.conversions, 0) as double) as conversions,
        coalesce(earned.value, 0) as fine_value,
        members.is_unpriced as is_spend_unpriced, coalesce(earned.is_unpriced, false) as is_value_unpriced
    from {{ ref('int_credit_members') }} as members
    cross join models
    cross join types
    left join earned
        on
            models.model = earned.model and types.conversion_type = earned.conversion_type
            and members.dimension = earned.dimension and members.member = earned.member and members.month = earned.month
),

-- Members round in turn and hand on what rounding left: a month adds up to its orders to the last digit.
summed as (
    select
        *, cast(round(sum(fine_value) over (
            partition by model, conversion_type, dimension, month order by member rows between unbounded preceding and current row
        ), 6) as decimal(38, 6)) as value_up_to
    from listed
),

rounded as (
    select
        *,
        if(is_spend_unpriced, null, spend) as known_spend,
        if(is_value_unpriced, null, value_up_to - lag(value_up_to, 1, 0) over (
            partition by model, conversion_type, dimension, month order by member
        )) as value
    from summed
),

explained as (
    select
        *,
        case
            when conversions = 0 then 'no_conversions'
            when is_spend_unpriced or is_value_unpriced then 'no_rate'
            when coalesce(known_spend, 0) = 0 then 'no_spend'
            when not carries_value then 'no_value'
            -- money that no touch claims and sales that no touch claims have nothing to do with each other
            when member in ('unattributed', {{ unknown_member('campaign') }}) then 'not_attributed'
        end as missing_reason
    from rounded
)

select
    model, conversion_type, dimension, member, month, conversions,
    cast(value as decimal(38, 6)) as value, cast(known_spend as decimal(38, 6)) as spend,
    case when missing_reason is null then cast(value as double) / cast(known_spend as double) end as roas, missing_reason
from explained
