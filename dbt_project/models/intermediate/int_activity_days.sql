-- Who was there on which company days: the one fact that cohorts, growth and frequency are counted from. A person's days are kept as
-- one list, so that one grouping does the work of a distinct and a sort, and his name is written once.
with

activity as (select account_id, person, day from {{ ref('stg_activity') }} where is_current),

recorded as (select account_id, min(day) as first_day from activity group by account_id),

-- Orders stand in for activity up to the day from which it is recorded: after it, who is there is what activity says.
-- They count whatever became of them: who bought and sent it back was there.
bought as (
    select orders.account_id, orders.person, orders.day
    from {{ ref('stg_orders') }} as orders
    left join recorded using (account_id)
    where orders.is_current and orders.person is not null and (recorded.first_day is null or orders.day < recorded.first_day)
),

seen as (select * from activity union all select * from bought),

people as (
    select account_id, person, list_sort(list_distinct(list(day))) as days from seen group by account_id, person
),

accounts as (select min(account_id) != max(account_id) as are_several from people),

-- The company's people are not the sum of its accounts' people: who was in two accounts is one person, and a day in both is one day.
company as (
    select {{ the_company() }} as account_id, person, list_sort(list_distinct(flatten(list(days)))) as days
    from people
    cross join accounts
    where accounts.are_several
    group by person
)

select * from people
union all
select * from company
