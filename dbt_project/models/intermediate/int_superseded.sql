-- A record is superseded when every row it gave is covered by a newer delivery. Records, not rows: one line of a wide file gives many.
with

rows_of_records as (
    {% for shape in ['counts', 'activity', 'touches', 'orders', 'cases'] %}
    select file_hash, line, bool_or(is_current) as is_current from {{ ref('stg_' ~ shape) }} group by file_hash, line
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

records as (select file_hash, line, bool_or(is_current) as is_current from rows_of_records group by file_hash, line)

select file_hash, count(*) filter (where not is_current) as superseded
from records
group by file_hash
