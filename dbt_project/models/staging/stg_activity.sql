with

known as not materialized (
    select
        activity.*, files.account_id, files.file_name, files.received_at, files.source_file, files.delivery_order,
        {{ company_day('activity.at_utc', 'run.time_zone') }} as day
    from {{ source('landing', 'retention_activity') }} as activity
    inner join {{ ref('stg_files') }} as files using (file_hash)
    cross join {{ source('run', 'inputs') }} as run
),

{{ event_generations('known', ['person', 'at_utc', 'event', 'seconds', 'session']) }}

select * from marked
