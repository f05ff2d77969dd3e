{{ config(materialized='view') }}
{{ owned(ref('int_day_totals')) }}
