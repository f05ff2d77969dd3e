with

hours as (
    {{ company_hours(source('landing', 'retention_cases'), 'opened_at_utc') }}
),

known as (
    select
        cases.*, files.account_id, files.received_at, files.source_file, files.delivery_order,
        {{ company_day('cases.opened_at_utc', 'hours') }} as day,
        row_number() over (
            partition by files.account_id, cases.kind, cases.case_id
            order by files.delivery_order desc, cases.line desc
        ) as generation
    from {{ source('landing', 'retention_cases') }} as cases
    inner join {{ ref('stg_files') }} as files using (file_hash)
    left join hours on date_trunc('hour', cases.opened_at_utc) = hours.hour
)

select * exclude (generation), generation = 1 as is_current
from known
