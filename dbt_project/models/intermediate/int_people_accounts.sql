-- Whose people are counted: each account's that says who was there, and the company's. Names on millions of rows cost more than counting.
with

accounts as (
    select distinct account_id, false as is_company
    from {{ ref('int_coverage') }}
    where shape in ('activity', 'orders')
    union all
    select {{ the_company() }} as account_id, true as is_company
)

select account_id, is_company, cast(row_number() over (order by is_company, account_id) as smallint) as account
from accounts
