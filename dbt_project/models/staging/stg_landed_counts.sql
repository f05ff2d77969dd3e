with

landed as (
    {% for feed in ['reach', 'followers', 'retention', 'conversion'] %}
    {{ counts_of(feed) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select landed.*, files.account_id, files.received_at, files.source_file, files.delivery_order, files.delay_days
from landed
inner join {{ ref('stg_files') }} as files using (file_hash)
