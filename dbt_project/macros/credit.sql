{# The arithmetic of credit, and the only place where it exists. The numbers that steer it are rows of attribution_models.

   Each family says what the first p touches of a path have earned together; a touch earns the difference to the touch before it.
   Written so, the shares of a conversion are one and its parts of the value are its value by construction, without any
   normalising afterwards: 1/3 + 1/3 + 1/3 leaves no cent over. #}

{# The families that a share per touch can be written for. Removal effects and Shapley values belong to whole sets of paths. #}
{% macro rule_families() %}{{ return(['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay']) }}{% endmacro %}

{% macro rule_models() -%}
select * from {{ source('rules', 'attribution_models') }} where family in ('{{ rule_families() | join("', '") }}')
{%- endmacro %}

{# Columns in scope: family, touches (path length), last_non_direct (its position), first_share, last_share, decay_total. #}
{% macro earned_up_to(position, decay_so_far) -%}
case
    when {{ position }} = 0 then 0.0
    when {{ position }} = touches then 1.0
    when family = 'first' then 1.0
    when family = 'last' then 0.0
    when family = 'last_non_direct' then if({{ position }} >= last_non_direct, 1.0, 0.0)
    when family = 'linear' then cast({{ position }} as double) / touches
    -- two touches have no middle: the shares of the ends are what is left, in their proportion
    when family = 'position' and touches = 2 then coalesce(first_share / nullif(first_share + last_share, 0), 0.5)
    when family = 'position' then first_share + (1 - first_share - last_share) * ({{ position }} - 1) / (touches - 2)
    when family = 'time_decay' then {{ decay_so_far }} / decay_total
end
{%- endmacro %}

{# Ages count from the freshest touch: only proportions matter, and a path of old touches must not vanish into zero. #}
{% macro decay(age_days, freshest_age_days, half_life_days) -%}
pow(2.0, -({{ age_days }} - {{ freshest_age_days }}) / {{ half_life_days }})
{%- endmacro %}

{# Seventeen digits and exact sums: doubles would add up differently on every machine and every number of threads. #}
{% macro as_share(expression) %}cast({{ expression }} as decimal(18, 17)){% endmacro %}

{# The value earned up to a touch, six digits finer than it is published, so that a million thirds do not drift.
   The last touch closes the book to the last digit. #}
{% macro value_up_to(value, earned) -%}
case
    when {{ earned }} = 1 then cast({{ value }} as decimal(38, 12))
    else cast(round(cast({{ value }} as double) * {{ earned }}, 12) as decimal(38, 12))
end
{%- endmacro %}

{# A touch always has a channel; it may have come without a campaign, which is not the same as no touch at all. #}
{% macro unknown_member(dimension) %}'{{ {'channel': 'unattributed', 'campaign': 'no_campaign'}[dimension] }}'{% endmacro %}

{% macro member_of(dimension) -%}
if(touch_number = 0, 'unattributed', coalesce({{ dimension }}, {{ unknown_member(dimension) }}))
{%- endmacro %}

{# Every conversion gives all of its value away in every model: no more, no less.
   Counted from the conversions, so a lost one is an offender. #}
{% test gives_all_value_away(model, conversions) %}
with models as (select distinct model from {{ model }}),
given as (select model, conversion, sum(value) as given from {{ model }} group by all)
select models.model, conversions.conversion, conversions.value, given.given
from {{ conversions }} as conversions
cross join models
left join given using (model, conversion)
where conversions.value is distinct from given.given
{% endtest %}

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
