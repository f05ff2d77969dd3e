{{ config(materialized='view') }}
{{ in_trees(ref('int_scorable'), ref('int_owned_facts')) }}
