-- A file that arrived after the run date is not known yet: leaving it out here is what makes `--as-of` true everywhere.
select
    files.file_hash, files.source_file, files.account_id, files.adapter, files.shape,
    files.received_at, files.received_stated, files.bytes,
    -- a number: on millions of records a name costs several times as much to write, to compare and to sort by
    row_number() over (order by files.delivery_order) as delivery_order,
    files.physical_records, files.accepted, files.quarantined, files.duplicate,
    files.status, files.reason, files.message,
    cast(coalesce(files.delay_days, 0) as integer) as delay_days,
    -- the name without its folders: the same export delivered again carries the same name
    split_part(files.source_file, '/', -1) as file_name
from {{ source('landing', 'files') }} as files
inner join {{ source('run', 'inputs') }} as run on cast(files.received_at as date) <= run.as_of
