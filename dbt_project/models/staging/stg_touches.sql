with

known as not materialized (
    select
        touches.*, files.account_id, files.file_name, files.delivery_order
    from {{ source('landing', 'conversion_touches') }} as touches
    inner join {{ ref('stg_files') }} as files using (file_hash)
),

{{ event_generations('known', ['person', 'at_utc', 'source', 'medium', 'campaign', 'channel']) }},

-- asked of the files: asked of what is marked, all of that would be laid down to be read twice
spellings as (select distinct source, medium, campaign, channel from known),

-- The first rule that matches decides; the company's rules come first. A channel that the file gives is taken as it is.
ruled as (
    select
        spellings.*,
        arg_min(rules, rules.priority) as rule
    from spellings
    inner join {{ source('rules', 'channels') }} as rules
        on
            case
                when spellings.channel is not null then lower(rules.channel) = lower(spellings.channel)
                else
                    (rules.source is null or coalesce(lower(spellings.source), '') glob lower(rules.source))
                    and (rules.medium is null or coalesce(lower(spellings.medium), '') glob lower(rules.medium))
                    and (rules.campaign is null or coalesce(lower(spellings.campaign), '') glob lower(rules.campaign))
            end
    group by all
),

hours as (
    {{ company_hours(source('landing', 'conversion_touches'), 'at_utc') }}
)

select
    marked.* exclude (channel, file_name),
    {{ company_day('marked.at_utc', 'hours') }} as day,
    coalesce(marked.channel, ruled.rule.channel, 'unmatched') as channel,
    ruled.rule.function,
    coalesce(ruled.rule.is_direct, false) as is_direct
from marked
left join ruled
    on
        marked.source is not distinct from ruled.source
        and marked.medium is not distinct from ruled.medium
        and marked.campaign is not distinct from ruled.campaign
        and marked.channel is not distinct from ruled.channel
-- the day last: asked for in `known`, it would be worked out again wherever records are compared
left join hours on date_trunc('hour', marked.at_utc) = hours.hour
