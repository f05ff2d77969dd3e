{{ config(materialized='view') }}
select numbers.*, owners.profile, owners.department, owners.department_kind
from {{ ref('int_scorable') }} as numbers
inner join {{ ref('int_owner_by_day') }} as owners using (metric, day)
where owners.role = 'accountable'
