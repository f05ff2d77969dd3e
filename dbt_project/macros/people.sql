{# Tests of the people marts: identities that hold in every row, or the row is an offender. #}

{% test always(model, that) %}
select * from {{ model }} where ({{ that }}) is distinct from true
{% endtest %}

{# Everybody of the period before stayed or left; a period that is missing between two others is an offender too. #}
{% test nobody_vanishes(model) %}
with followed as (
    select
        *,
        lag(active, 1, 0::bigint) over periods as active_before,
        lag(period_start) over periods as period_before
    from {{ model }}
    window periods as (partition by account_id, period_kind order by period_start)
)

select * from followed
where
    active_before != retained + churned
    or date_diff('day', period_before, period_start) > case period_kind when 'day' then 1 when 'week' then 7 else 31 end
{% endtest %}
