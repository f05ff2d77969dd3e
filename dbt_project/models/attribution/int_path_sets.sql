-- Journeys that met the same members in the same order are one path, counted. Whatever speaks of whole sets of paths starts here, on
-- a small part of the rows. A journey that did not convert has no month: it went on until the run date.
with

asked as (select distinct way from ({{ models_of(path_families()) }})),

journeys as (select * from {{ ref('int_journeys') }} where way in (select way from asked)),

paths as (
    select
        way, dimension, conversion_type, month, path, converts, count(*) as journeys,
        coalesce(sum(value), 0) as value, count(*) filter (where converts and value is null) as unpriced
    from journeys
    group by all
)

select * from paths
