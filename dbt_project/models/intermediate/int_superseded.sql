-- A record is superseded when every row it gave is covered by a newer delivery. Records, not rows: one line of a wide file gives many.
{% set shapes = ['counts', 'activity', 'touches', 'orders', 'cases'] %}
with

covered as (
    {% for shape in shapes %}
    select file_hash, line from {{ ref('stg_' ~ shape) }} where not is_current
    {{ 'union' if not loop.last }}
    {% endfor %}
),

-- Looked for only in files of which something is covered: those are few, and all records are many.
speaking as (
    {% for shape in shapes %}
    select file_hash, line from {{ ref('stg_' ~ shape) }}
    where is_current and file_hash in (select covered.file_hash from covered)
    {{ 'union' if not loop.last }}
    {% endfor %}
)

select covered.file_hash, count(*) as superseded
from covered
anti join speaking using (file_hash, line)
group by covered.file_hash
