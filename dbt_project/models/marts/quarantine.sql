select
    quarantine.file_hash, quarantine.source_file,
    -- lines repeat between the sheets of one workbook and are not known for a refused file: the entry is the key
    row_number() over (
        partition by quarantine.file_hash order by quarantine.line, quarantine.column_name, quarantine.rule, quarantine.raw
    ) as entry,
    quarantine.line, quarantine.column_name, quarantine.rule, quarantine.reason, quarantine.raw
from {{ source('landing', 'quarantine') }} as quarantine
inner join {{ ref('stg_files') }} as files using (file_hash)
