{# Whose numbers are: each number once for every profile, and in trees once for everybody above its owner. Numbers have a metric, a brand and
   a day; a table of accounts and one of days are shown to the same owners by the same lines. #}

{% macro owned(numbers) -%}
select numbers.*, owners.profile, owners.department, owners.department_kind
from {{ numbers }} as numbers
inner join {{ ref('int_owner_by_day') }} as owners using (metric, day)
where owners.role = 'accountable'
{%- endmacro %}

{# Profiles own numbers differently and a company has them once: the company's and the brands' rows name no profile. #}
{% macro in_trees(numbers, owned_numbers) -%}
with

numbers as (select * from {{ numbers }}),

owned as (select * from {{ owned_numbers }}),

company as (select 'company' as tree, '' as profile, '' as node, * from numbers),

brands as (
    select 'brands' as tree, '' as profile, above.node, numbers.*
    from numbers
    inner join {{ ref('int_brand_tree') }} as above using (brand)
),

departments as (
    select 'departments' as tree, owned.profile, coalesce(tree.node, owned.department) as node, owned.* exclude (profile, department, department_kind)
    from owned
    left join {{ ref('int_department_tree') }} as tree
        on
            owned.profile = tree.profile and owned.department = tree.department
            and owned.day >= tree.valid_from and owned.day < tree.valid_to
)

select * from company
union all by name
select * from brands
union all by name
select * from departments
{%- endmacro %}
