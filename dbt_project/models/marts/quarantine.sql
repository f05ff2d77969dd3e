select
    quarantine.file_hash, quarantine.source_file, quarantine.line, quarantine.column_name,
    quarantine.rule, quarantine.reason, quarantine.raw
from {{ source('landing', 'quarantine') }} as quarantine
inner join {{ ref('stg_files') }} as files using (file_hash)
