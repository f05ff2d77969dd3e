-- From both sides: a file whose rows are gone, and rows whose file nobody knows or that was refused.
with

held as (
    select file_hash, sum(landed) as landed from landing_rows
    group by file_hash
)

select
    coalesce(files.source_file, 'rows of ' || held.file_hash) as subject, 1 as checked,
    case
        when (coalesce(files.accepted, 0) > 0) = (coalesce(held.landed, 0) > 0) and files.file_hash is not null then 0 else 1
    end as offences,
    concat_ws(' ', coalesce(files.accepted, 0), 'records accepted,', coalesce(held.landed, 0), 'rows landed') as detail
from landing_files as files
full outer join held on files.file_hash = held.file_hash
