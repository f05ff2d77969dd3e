with

known as not materialized (
    select
        activity.*, files.account_id, files.file_name, files.delivery_order
    from {{ source('landing', 'retention_activity') }} as activity
    inner join {{ ref('stg_files') }} as files using (file_hash)
),

{{ event_generations('known', ['person', 'at_utc', 'event', 'seconds', 'session']) }},

hours as (
    {{ company_hours(source('landing', 'retention_activity'), 'at_utc') }}
)

-- the day last: asked for in `known`, it would be worked out again wherever records are compared
select marked.* exclude (file_name), {{ company_day('marked.at_utc', 'hours') }} as day
from marked
left join hours on date_trunc('hour', marked.at_utc) = hours.hour
