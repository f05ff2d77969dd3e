{{ config(materialized='view') }}
-- Profiles own numbers differently and a company has them once: the company's and the brands' rows name no profile.
with

numbers as (select * from {{ ref('int_scorable') }}),

owned as (select * from {{ ref('int_owned_facts') }}),

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
