-- Counted by a reader that did not parse. A missing count is an offence as much as a wrong one.
select
    source_file as subject, 1 as checked,
    case when
        physical_records = accepted + quarantined + duplicate
        and least(physical_records, accepted, quarantined, duplicate) >= 0 then 0 else 1 end as offences,
    concat_ws(
        ' ', physical_records, 'records in the file:', accepted, 'accepted,', quarantined, 'quarantined,', duplicate, 'duplicate'
    ) as detail
from landing_files
