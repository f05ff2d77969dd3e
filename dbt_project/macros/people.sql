{# What the people models share, and the tests of their marts: identities that hold in every row, or the row is an offender. #}

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

{# The account_id under which the company as a whole stands in tables of people. Refused as the name of an account (expectations/bonds.py). #}
{% macro the_company() %}'company'{% endmacro %}

{# The periods in which people are counted. #}
{% macro people_kinds() %}{{ return(['day', 'week', 'month']) }}{% endmacro %}

{# First day of the day, week (from Monday) or month that holds a day. #}
{% macro period_of(kind, day) %}
{{- day if kind == 'day' else "cast(date_trunc('" ~ kind ~ "', " ~ day ~ ") as date)" -}}
{% endmacro %}

{# Offenders are numbers by which the people models would take two for one: among a million people a chance of one in thirty-seven million,
   and another person key makes other numbers. #}
{% test told_apart(model, beside) %}
select hash(person) as number
from (select person from {{ model }} union select person from {{ beside }})
group by number
having count(*) > 1
{% endtest %}
