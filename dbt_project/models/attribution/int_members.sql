-- Channels and campaigns by number: journeys are compared, counted and walked by the million, and numbers are cheaper than names.
with

touches as (select * from {{ ref('stg_touches') }} where is_current),

named as (
    {% for dimension in ['channel', 'campaign'] %}
    select distinct '{{ dimension }}' as dimension, {{ member_of(dimension) }} as member from touches
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

-- 0 is nobody: where a journey begins, and who is credited with what nobody touched
select dimension, member, cast(row_number() over (partition by dimension order by member) as integer) as code from named
