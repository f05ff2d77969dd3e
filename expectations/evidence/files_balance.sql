-- Again on what is about to be published: a record is accepted, quarantined or superseded, and there is no fourth way.
select
    source_file as subject, 1 as checked,
    case when
        physical_records = accepted + quarantined + superseded
        and least(physical_records, accepted, quarantined, superseded) >= 0 then 0 else 1 end as offences,
    concat_ws(
        ' ',
        physical_records,
        'records in the file:',
        accepted,
        'accepted,',
        quarantined,
        'quarantined,',
        superseded,
        'superseded'
    ) as detail
from files
