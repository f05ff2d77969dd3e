-- A file of which more than half was refused has probably changed its form. What a map knows and declines is no surprise.
select
    source_file as subject, 1 as checked,
    case when (quarantined - coalesce(declined, 0)) * 2 > physical_records then 1 else 0 end as offences,
    concat_ws(' ', quarantined, 'of', physical_records, 'records quarantined') as detail
from landing_files
where status = 'accepted'
