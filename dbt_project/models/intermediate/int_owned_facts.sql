{{ config(materialized='view') }}
{{ owned(ref('int_scorable')) }}
