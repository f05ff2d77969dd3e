{% set journey = "way, conversion_type, conversion, person" -%}
-- Each way of walking lays out the journeys that its models ask for; those that did not convert, only where a model asks what would
-- be without a member.
with

models as (select * from {{ ref('int_models') }}),

ways as (select distinct way, look_back_days, journey_resets, collapse_repeats from models),

ways_of_the_lost as (select distinct way, collapse_repeats from ({{ models_of(removal_families()) }})),

conversions as (select * from {{ ref('int_conversions') }}),

-- Laid down to be read twice, all touches of all journeys would be in memory at once; so would all journeys, were they read once a dimension.
walked as not materialized (
    select
        ways.way, ways.collapse_repeats, conversions.conversion_type, paths.conversion, null as person, paths.touch_number,
        paths.channel, paths.campaign, paths.is_direct, paths.age_days
    from {{ ref('int_paths') }} as paths
    inner join conversions using (conversion)
    inner join ways on paths.age_days <= ways.look_back_days and not (ways.journey_resets and paths.has_served)
    union all
    select
        ways.way, ways.collapse_repeats, lost.conversion_type, null, lost.person, lost.touch_number,
        lost.channel, lost.campaign, lost.is_direct, null
    from {{ ref('int_lost_touches') }} as lost
    cross join ways_of_the_lost as ways
),

-- Of a run of one channel the touch nearest to the conversion stays.
kept as (
    select * from walked where not collapse_repeats
    union all
    select * from walked
    where collapse_repeats
    qualify lead(channel) over (partition by {{ journey }} order by touch_number) is distinct from channel
),

numbered as (
    select kept.*, channels.code as channel_code, campaigns.code as campaign_code
    from kept
    inner join {{ ref('int_members') }} as channels
        on channels.dimension = 'channel' and {{ member_of('channel', 'kept.') }} = channels.member
    inner join {{ ref('int_members') }} as campaigns
        on campaigns.dimension = 'campaign' and {{ member_of('campaign', 'kept.') }} = campaigns.member
),

laid as (
    select
        {{ journey }},
        -- whole touches, ordered once: four lists that each order themselves cost four times as much
        list_sort(list(struct_pack(
            touch_number := touch_number, channel_code := channel_code, campaign_code := campaign_code, age_days := age_days,
            is_direct := is_direct
        ))) as met
    from numbered
    group by all
),

unzipped as (
    select
        {{ journey }},
        list_transform(met, lambda touch: touch.channel_code) as channels,
        list_transform(met, lambda touch: touch.campaign_code) as campaigns,
        list_transform(met, lambda touch: touch.age_days) as ages,
        list_transform(met, lambda touch: touch.is_direct) as directs
    from laid
),

measured as (
    select
        *, len(directs) as touches,
        -- a journey of nothing but direct visits has no other touch to credit: then it is the last
        coalesce(len(directs) + 1 - nullif(list_position(list_reverse(directs), false), 0), len(directs)) as last_non_direct
    from unzipped
),

viewed as (
    select
        {{ journey }}, ages, touches, last_non_direct,
        unnest([
            struct_pack(dimension := 'channel', path := channels), struct_pack(dimension := 'campaign', path := campaigns)
        ]) as seen
    from measured
),

journeys as (select * exclude (seen), seen.dimension, seen.path from viewed)

select
    journeys.way, journeys.dimension, journeys.conversion_type, journeys.conversion, journeys.person, conversions.month,
    conversions.value, journeys.conversion is not null as converts, cast(journeys.touches as integer) as touches, journeys.path,
    list_transform(
        range(1, journeys.touches + 1),
        lambda position: {{ step('journeys.path[position]', 'position', 'journeys.touches', 'journeys.last_non_direct') }}
    ) as steps,
    list_transform(journeys.ages, lambda age: age - journeys.ages[-1]) as ages
from journeys
left join conversions using (conversion)
