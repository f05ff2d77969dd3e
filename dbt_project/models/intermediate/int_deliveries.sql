-- Counts reach as far as their newest day. Events reach as far as their coverage: a quiet shop that delivers is not silent.
{% set shapes = {'activity': 'retention', 'cases': 'retention', 'touches': 'conversion', 'orders': 'conversion'} %}
with

counted as (
    select feed, 'counts' as shape, account_id, file_hash, max(day) as newest_day
    from {{ ref('stg_counts') }}
    group by all
),

evented as (
    {% for shape, feed in shapes.items() %}
    select distinct '{{ feed }}' as feed, shape, account_id, file_hash from {{ ref('int_told') }} where shape = '{{ shape }}'
    union
    select '{{ feed }}', '{{ shape }}', account_id, file_hash
    from {{ ref('stg_files') }}
    where status = 'accepted' and shape = '{{ shape }}'
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

delivered as (
    select feed, shape, account_id, file_hash, newest_day from counted
    union all
    select feed, shape, account_id, file_hash, null from evented
)

select
    delivered.feed, delivered.shape, delivered.account_id, cast(files.received_at as date) as delivered_on,
    max(delivered.newest_day) as newest_day, max(files.delay_days) as delay_days, max(files.received_at) as received_at
from delivered
inner join {{ ref('stg_files') }} as files using (file_hash)
group by delivered.feed, delivered.shape, delivered.account_id, cast(files.received_at as date)
