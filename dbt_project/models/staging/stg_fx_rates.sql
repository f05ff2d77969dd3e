with

own as (
    -- the company's own currency is worth itself on every day
    select date '0001-01-01' as day, currency, cast(1 as decimal(18, 8)) as rate_to_company
    from {{ source('run', 'inputs') }}
),

foreign_rates as (
    select rates.day, rates.currency, cast(rates.rate as decimal(18, 8)) as rate_to_company
    from {{ source('rules', 'fx_rates') }} as rates
    inner join {{ source('run', 'inputs') }} as run on rates.currency != run.currency
)

select * from own
union all
select * from foreign_rates
