-- A refused record is kept with its raw text; a count without the record would be a loss with a number on it.
with

kept as (
    select file_hash, count(*) as kept from landing_quarantine
    group by file_hash
)

select
    files.source_file as subject, 1 as checked,
    case when files.status = 'accepted' and files.quarantined > 0 and coalesce(kept.kept, 0) = 0 then 1 else 0 end as offences,
    concat_ws(' ', files.quarantined, 'quarantined,', coalesce(kept.kept, 0), 'kept') as detail
from landing_files as files
left join kept on files.file_hash = kept.file_hash
