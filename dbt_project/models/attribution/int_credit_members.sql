-- Who could have earned credit in a month: whoever was touched, counted, paid for or credited. A campaign that a million people
-- read and nobody bought from is in here, or its zero could not be shown.
with

spend as (select * from {{ ref('int_spend') }}),

seen as (
    {% for dimension in ['channel', 'campaign'] %}
    select '{{ dimension }}' as dimension, {{ member_of(dimension) }} as member, cast(date_trunc('month', day) as date) as month
    from {{ ref('stg_touches') }} where is_current
    union all
    select '{{ dimension }}', {{ member_of(dimension) }}, month from spend
    union all
    {% endfor %}
    select dimension, member, month from {{ ref('int_credit') }}
    union all
    select 'campaign', {{ named('campaign') }}, cast(date_trunc('month', day) as date)
    from {{ ref('int_daily_counts') }} where value is not null and campaign != '' and is_rest is not true
),

members as (select distinct dimension, member, month from seen),

spent as (
    {% for dimension in ['channel', 'campaign'] %}
    select
        '{{ dimension }}' as dimension, {{ member_of(dimension) }} as member, month,
        sum(spend) as spend, bool_or(is_unpriced) as is_unpriced
    from spend
    group by all
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    members.dimension, members.member, members.month, spent.spend, coalesce(spent.is_unpriced, false) as is_unpriced
from members
left join spent using (dimension, member, month)
