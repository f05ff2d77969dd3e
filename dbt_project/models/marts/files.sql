-- accepted counts what still speaks: physical_records = accepted + quarantined + superseded, for every file, always.
select
    files.file_hash, files.source_file, files.account_id, files.adapter, files.shape, files.received_at, files.bytes,
    files.physical_records,
    files.accepted - coalesce(covered.superseded, 0) as accepted,
    files.quarantined,
    files.duplicate + coalesce(covered.superseded, 0) as superseded,
    files.status, files.reason, files.message
from {{ ref('stg_files') }} as files
left join {{ ref('int_superseded') }} as covered using (file_hash)
