-- A brand's number counts for the brand above it, and for the one above that. A chain longer than twenty is a circle; the loader
-- refuses circles, and this one must end all the same.
with recursive

climbed as (
    select brand, brand as node, 0 as steps from {{ source('rules', 'brands') }}
    union all
    select climbed.brand, above.parent, climbed.steps + 1
    from climbed
    inner join {{ source('rules', 'brands') }} as above on climbed.node = above.brand
    where above.parent is not null and climbed.steps < 20
)

select distinct brand, node from climbed
