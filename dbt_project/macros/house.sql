{# House rules that every model shares: where a model lives, and the tests that replace a package we cannot install. #}

{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name if custom_schema_name else target.schema }}
{%- endmacro %}

{# The key test: says in SQL what the first sentence of the description says in words. Returns the repeated keys. #}
{% test one_row_per(model, columns) %}
select {{ columns | join(', ') }}, count(*) as rows_with_this_key
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{# Offenders are groups whose shares do not add up to one; groups without any share are lawful. #}
{% test sums_to_one(model, column, per, where='true') %}
select {{ per | join(', ') }}, sum({{ column }}) as total_share
from {{ model }}
where {{ where }}
group by {{ per | join(', ') }}
having count({{ column }}) > 0 and abs(sum({{ column }}) - 1) > 1e-9
{% endtest %}

{# A null travels with its reason, and a number never carries one. #}
{% test null_has_reason(model, value, reason) %}
select *
from {{ model }}
where ({{ value }} is null) != ({{ reason }} is not null)
{% endtest %}

{# Start of the day, week, month or quarter that holds a day. One spelling of the four periods for every model. #}
{% macro period_kinds() %}{{ return(['day', 'week', 'month', 'quarter']) }}{% endmacro %}

{% macro counts_of(feed) %}
select
    '{{ feed }}' as feed, file_hash, line, metric, day, campaign, post, dimension, member,
    value, currency, is_lifetime
from {{ source('landing', feed ~ '_counts') }}
{% endmacro %}

{# Money at the rate of its day, to the sixth place; what has no currency is a count and stands as it is. #}
{% macro in_company_currency(value) -%}
case when currency is null then {{ value }} else cast(round({{ value }} * rate_to_company, 6) as decimal(38, 6)) end
{%- endmacro %}

{# The company's day of an instant: one time zone decides the day of every fact. #}
{% macro company_day(instant, zone) %}
cast(make_timestamptz(epoch_us({{ instant }})) at time zone {{ zone }} as date)
{% endmacro %}
