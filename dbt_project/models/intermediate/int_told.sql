-- Which file told of which day. What asks who spoke of a day, and when, asks here: days and files are few, records are many.
with

days as (
    {% for shape in ['activity', 'touches', 'orders', 'cases'] %}
    select distinct '{{ shape }}' as shape, account_id, day, file_hash from {{ ref('stg_' ~ shape) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    days.shape, days.account_id, days.day, days.file_hash,
    files.received_at, files.received_stated, files.source_file, files.delivery_order
from days
inner join {{ ref('stg_files') }} as files using (file_hash)
