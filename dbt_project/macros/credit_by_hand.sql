{# The second statement of credit: what each model earns, conversion by conversion, with none of the arithmetic of macros/credit.sql.
   It reads what was declared, not what the models made of it. Slower and plainer; it exists to disagree. #}

{# Offenders are members of a month to whom the table gives another part of the conversions or of the value than their touches earn.
   What nobody touched is left to the tests of totals: these hold the rest. #}
{% test credit_by_hand(model, dimension, conversions, touches) %}
with

declared as (
    select * from {{ source('rules', 'attribution_models') }} where family in ('{{ (rule_families() + ['shapley']) | join("', '") }}')
),

ways as (select distinct look_back_days, journey_resets, collapse_repeats from declared),

walked as (
    select
        ways.*, touches.conversion, touches.touch_number, touches.is_direct, touches.age_days,
        {{ member_of(dimension, 'touches.') }} as member
    from {{ touches }} as touches
    inner join ways
        on touches.age_days <= ways.look_back_days and not (ways.journey_resets and touches.has_served)
    qualify
        not ways.collapse_repeats or lead(touches.channel) over (
            partition by ways.look_back_days, ways.journey_resets, ways.collapse_repeats, touches.conversion order by touches.touch_number
        ) is distinct from touches.channel
),

placed as (
    select
        *, touch_number = min(touch_number) over journey as is_first, touch_number = max(touch_number) over journey as is_last,
        count(*) over journey as met, min(age_days) over journey as youngest,
        touch_number = coalesce(max(touch_number) filter (where not is_direct) over journey, max(touch_number) over journey)
            as is_last_non_direct,
        count(*) over (partition by look_back_days, journey_resets, collapse_repeats, conversion, member) as times
    from walked
    window journey as (partition by look_back_days, journey_resets, collapse_repeats, conversion)
),

weighed as (
    select
        declared.model, placed.conversion, placed.member,
        sum(
            case declared.family
                when 'first' then cast(is_first as integer)
                when 'last' then cast(is_last as integer)
                when 'last_non_direct' then cast(is_last_non_direct as integer)
                when 'linear' then 1
                when 'shapley' then 1.0::double / times
                when 'time_decay' then exp(-ln(2) * (age_days - youngest) / half_life_days)
                when 'position' then
                    case
                        when met = 1 then 1
                        when met = 2 and first_share + last_share = 0 then 1
                        when is_first then first_share
                        when is_last then last_share
                        else (1 - first_share - last_share) / (met - 2)
                    end
            end
        ) as weight
    from placed
    inner join declared using (look_back_days, journey_resets, collapse_repeats)
    group by all
),

journeys as (select model, conversion, sum(weight) as weight from weighed group by all),

earned as (
    select weighed.model, weighed.conversion, weighed.member, weighed.weight / journeys.weight as share
    from weighed
    inner join journeys using (model, conversion)
    where weighed.weight > 0
),

due as (
    select
        earned.model, sold.conversion_type, earned.member, sold.month, sum(earned.share) as conversions,
        sum(earned.share * sold.value) as value
    from earned
    inner join {{ conversions }} as sold using (conversion)
    where earned.member != 'unattributed'
    group by all
),

given as (
    select model, conversion_type, member, month, sum(conversions) as conversions, sum(value) as value, bool_or(value is null) as is_unpriced
    from {{ model }}
    where dimension = '{{ dimension }}' and member != 'unattributed' and model in (select model from declared)
    group by all
)

select model, conversion_type, member, month, due.conversions as due, given.conversions as given, due.value as value_due, given.value
from due
full join given using (model, conversion_type, member, month)
where
    abs(coalesce(due.conversions, 0) - coalesce(given.conversions, 0)) > 1e-6 * greatest(1, coalesce(due.conversions, 0))
    or not coalesce(given.is_unpriced, false)
    and abs(coalesce(due.value, 0) - coalesce(given.value, 0)) > 1e-4 * greatest(1, 1e-4 * coalesce(due.value, 0))
{% endtest %}

{# Offenders are members whose published credit is not the credit that was computed: rounding apart, publishing changes nothing. #}
{% test credit_is_what_was_computed(model, computed) %}
with

shown as (
    select model, conversion_type, dimension, member, month, sum(conversions) as conversions, sum(value) as value, bool_or(value is null) as is_unpriced
    from {{ model }}
    group by all
),

found as (
    select model, conversion_type, dimension, member, month, sum(conversions) as conversions, sum(value) as value
    from {{ computed }}
    group by all
)

select *
from shown
full join found using (model, conversion_type, dimension, member, month)
where
    abs(coalesce(shown.conversions, 0) - coalesce(found.conversions, 0)) > 1e-9 * greatest(1, coalesce(found.conversions, 0))
    or not coalesce(shown.is_unpriced, false) and abs(coalesce(shown.value, 0) - coalesce(found.value, 0)) > 1e-5
{% endtest %}
