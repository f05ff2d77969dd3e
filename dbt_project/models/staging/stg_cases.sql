with

known as (
    select
        cases.*, files.account_id, files.received_at, files.source_file, files.delivery_order,
        {{ company_day('cases.opened_at_utc', 'run.time_zone') }} as day,
        row_number() over (
            partition by files.account_id, cases.kind, cases.case_id
            order by files.delivery_order desc, cases.line desc
        ) as generation
    from {{ source('landing', 'retention_cases') }} as cases
    inner join {{ ref('stg_files') }} as files using (file_hash)
    cross join {{ source('run', 'inputs') }} as run
)

select * exclude (generation), generation = 1 as is_current
from known
