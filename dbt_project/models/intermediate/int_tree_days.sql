{{ config(materialized='view') }}
{{ in_trees(ref('int_day_totals'), ref('int_owned_days')) }}
