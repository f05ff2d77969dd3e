-- Who was there on which company day: the one table that cohorts and growth are counted from.
-- Orders count whatever became of them: who bought and sent it back was there.
with

seen as (
    select account_id, person, day from {{ ref('stg_activity') }} where is_current
    union all
    select account_id, person, day from {{ ref('stg_orders') }} where is_current
),

days as (select distinct account_id, person, day from seen)

select * from days
