{# The arithmetic of credit, and the only place where it exists. The numbers that steer it are rows of attribution_models.

   A share is a decimal of twelve digits. Of a journey the last touch takes what the others leave, so the shares of a conversion are
   one and its parts of the value are its value by construction: 1/3 + 1/3 + 1/3 leaves no cent over. #}

{# The families that give a share to each touch of a journey by its place in it. #}
{% macro rule_families() %}{{ return(['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay']) }}{% endmacro %}

{# The families that ask what would be without a member. These also read the journeys that did not convert. #}
{% macro removal_families() %}{{ return(['markov', 'counterfactual']) }}{% endmacro %}

{% macro models_of(families) -%}
select * from {{ ref('int_models') }} where family in ('{{ families | join("', '") }}')
{%- endmacro %}

{# Twelve digits and exact sums: doubles would add up differently on every machine and every number of threads. #}
{% macro as_share(expression) %}cast({{ expression }} as decimal(13, 12)){% endmacro %}

{# Twenty-five digits of money times thirteen of share are the thirty-eight that a decimal has. #}
{% macro part_of(value, share) %}cast({{ value }} as decimal(25, 6)) * {{ share }}{% endmacro %}

{# A step of a journey is its member and its place in one whole number: the place opens (1), closes (2), is the last that is not
   direct (4). One number is grouped several times faster than four columns. #}
{% macro place(position, touches, last_non_direct) -%}
cast({{ position }} = 1 as integer) + 2 * cast({{ position }} = {{ touches }} as integer)
+ 4 * cast({{ position }} = {{ last_non_direct }} as integer)
{%- endmacro %}
{% macro step(member, position, touches, last_non_direct) -%}
{{ member }} * 8 + {{ place(position, touches, last_non_direct) }}
{%- endmacro %}
{% macro opens(place) %}({{ place }} & 1 = 1){% endmacro %}
{% macro closes(place) %}({{ place }} & 2 = 2){% endmacro %}
{% macro is_last_non_direct(place) %}({{ place }} & 4 = 4){% endmacro %}
{% macro place_at(step) %}({{ step }} & 7){% endmacro %}
{% macro member_at(step) %}({{ step }} >> 3){% endmacro %}

{# What the opening touch and each touch between the ends earn. Columns in scope: family, touches (two or more), first_share, last_share. #}
{% macro opening_share() -%}
case family
    when 'first' then 1
    when 'linear' then 1.0::double / touches
    -- two touches have no middle: the shares of the ends are what is left, in their proportion
    when 'position' then if(touches = 2, coalesce(first_share / nullif(first_share + last_share, 0), 0.5), first_share)
    else 0
end
{%- endmacro %}
{% macro middle_share() -%}
case
    when family = 'linear' then 1.0::double / touches
    when family = 'position' and touches > 2 then (1 - first_share - last_share) / (touches - 2)
    else 0
end
{%- endmacro %}

{# What a place earns. Columns in scope besides: place, and opening and middle as shares. #}
{% macro share_by_place() -%}
case
    when touches = 1 then 1
    when family = 'last_non_direct' then cast({{ is_last_non_direct('place') }} as integer)
    when {{ closes('place') }} then 1 - opening - (touches - 2) * middle
    when {{ opens('place') }} then opening
    else middle
end
{%- endmacro %}

{# Ages count from the last touch: only proportions matter, and a journey of old touches must not vanish into zero. #}
{% macro decay(age_days, half_life_days) %}pow(2.0, -{{ age_days }} / {{ half_life_days }}){% endmacro %}

{# A touch always has a channel; it may have come without a campaign, which is not the same as no touch at all. #}
{% macro unknown_member(dimension) %}'{{ {'channel': 'unattributed', 'campaign': 'no_campaign'}[dimension] }}'{% endmacro %}

{# What a company calls by one of our own two names is told apart from them, and from whatever is already called so. #}
{% macro named(name) -%}
if(regexp_full_match({{ name }}, '(unattributed|no_campaign)( \(named so\))*'), {{ name }} || ' (named so)', {{ name }})
{%- endmacro %}

{% macro member_of(dimension, table='') -%}
coalesce({{ named(table ~ dimension) }}, {{ unknown_member(dimension) }})
{%- endmacro %}

{# Each view (a model, a dimension) divides the same whole, group by group; a group missing on either side is an offender.
   Groups in which the whole itself is not known are left alone. #}
{% test same_total(model, column, views, groups, whole, whole_column, unknown='false', tolerance=0) %}
with views as (select distinct {{ views | join(', ') }} from {{ model }}),
ours as (select {{ (views + groups) | join(', ') }}, sum({{ column }}) as total from {{ model }} group by all),
theirs as (
    select {{ groups | join(', ') }}, sum({{ whole_column }}) as whole, bool_or({{ unknown }}) as is_unknown
    from {{ whole }}
    group by all
)
select *
from (select * from views cross join theirs) as expected
full join ours using ({{ (views + groups) | join(', ') }})
where not coalesce(is_unknown, false) and abs(coalesce(total, 0) - coalesce(whole, 0)) > {{ tolerance }}
{% endtest %}
