-- A warning for a month: the archive keeps the name for ever, and what was once dropped cannot be renamed.
select
    source_file as subject, 1 as checked, case when reason = 'personal_name' then 1 else 0 end as offences,
    'the name held an address or a long number' as detail
from landing_files
where received_at >= (select max(received_at) - interval 30 day from landing_files)
