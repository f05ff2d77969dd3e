with

landed as (
    {% for feed in ['reach', 'followers', 'retention', 'conversion'] %}
    {{ counts_of(feed) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

known as (
    select
        landed.*, files.account_id, files.received_at, files.source_file, files.delivery_order, files.delay_days,
        row_number() over (
            partition by files.account_id, landed.metric, landed.day, landed.campaign, landed.post, landed.dimension, landed.member
            order by files.delivery_order desc
        ) as generation
    from landed
    inner join {{ ref('stg_files') }} as files using (file_hash)
)

-- Every generation stays, because what was believed before is asked for later; the current one is generation 1.
select * exclude (generation), generation = 1 as is_current
from known
