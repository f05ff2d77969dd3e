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
    value, currency, is_lifetime, is_whole
from {{ source('landing', feed ~ '_counts') }}
{% endmacro %}

{# Money at the rate of its day, to the sixth place; what has no currency is a count and stands as it is. #}
{% macro in_company_currency(value) -%}
case when currency is null then {{ value }} else cast(round({{ value }} * rate_to_company, 6) as decimal(38, 6)) end
{%- endmacro %}

{# Company time of an instant: one time zone decides the day of every fact. #}
{% macro company_time(instant, zone) -%}
make_timestamptz(epoch_us({{ instant }})) at time zone {{ zone }}
{%- endmacro %}

{# The UTC hours from the first record to the last: how far company time is ahead of them, and whether it is so until their end.
   Asked of every record, in a zone that is a value and not a word of the query, DuckDB takes six times as long as reading it does.
   A range and not the hours that were met: their number would be misjudged, and the records laid into a hash table to be looked up. #}
{% macro company_hours(records, instant) -%}
select
    spans.hour, run.time_zone, {{ company_time('spans.hour', 'run.time_zone') }} - spans.hour as ahead,
    {{ company_time('spans.hour + interval 1 hour', 'run.time_zone') }} - {{ company_time('spans.hour', 'run.time_zone') }} = interval 1 hour
        as is_steady
from (
    select unnest(range(date_trunc('hour', min({{ instant }})), max({{ instant }}) + interval 1 hour, interval 1 hour)) as hour from {{ records }}
) as spans
cross join {{ source('run', 'inputs') }} as run
{%- endmacro %}

{# The company's day of a record whose hour is known; only in an hour in which clocks change is the zone asked once more. #}
{% macro company_day(instant, hours) -%}
cast(if({{ hours }}.is_steady, {{ instant }} + {{ hours }}.ahead, {{ company_time(instant, hours ~ '.time_zone') }}) as date)
{%- endmacro %}
