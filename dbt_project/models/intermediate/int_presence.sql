{{ config(materialized='view') }}
-- Who was there on which company day, as often as it was recorded. A hash of sixty-four bits stands for a name: comparing and moving its
-- letters is most of what counting people costs.
with

-- Read twice, because laying down its names costs more.
visited as not materialized (
    select account_id, person, day
    from {{ ref('stg_activity') }}
    where is_current
),

-- They count whatever became of them: who bought and sent it back was there.
bought as (
    select account_id, person, day
    from {{ ref('stg_orders') }}
    where is_current and person is not null
),

recorded as (
    select account_id, min(day) as first_day
    from visited
    where account_id in (select account_id from bought)
    group by account_id
),

-- Orders stand in for activity up to the day from which it is recorded: after it, who is there is what activity says.
stood_in as (
    select bought.*
    from bought
    left join recorded using (account_id)
    where recorded.first_day is null or bought.day < recorded.first_day
)

select account_id, hash(person) as person, day from visited
union all
select account_id, hash(person) as person, day from stood_in
