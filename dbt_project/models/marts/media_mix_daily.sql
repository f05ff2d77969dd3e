-- The company's input for a media-mix model, long; `kpi export mmm` writes it wide.
select
    variable, cast(day as date) as day, part, channel, cast(value as decimal(38, 6)) as value,
    case when value is null then coalesce(missing_reason, 'not_reported') end as missing_reason
from {{ ref('int_media_mix') }}
