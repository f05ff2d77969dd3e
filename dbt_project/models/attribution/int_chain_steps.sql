-- How often each step was taken after which three members. A chain of order one or two is the same counts, looked at less closely,
-- so one table of steps serves every order. 0 stands before the beginning; a journey's last step leads to its end.
-- The months of a path are walked each by itself: adding them up first costs more than their steps, because paths are long keys.
with

asked as (select distinct way from ({{ models_of(['markov']) }})),

paths as (
    select
        way, dimension, conversion_type, path, journeys, if(converts, -1, -2) as ending, len(path) + 1 as steps
    from {{ ref('int_path_sets') }}
    where way in (select way from asked)
),

walked as (
    select
        way, dimension, conversion_type, journeys,
        unnest(list_resize([0, 0, 0] || path, steps)) as third_last, unnest(list_resize([0, 0] || path, steps)) as second_last,
        unnest([0] || path) as latest, unnest(path || [ending]) as next_step
    from paths
)

select way, dimension, conversion_type, third_last, second_last, latest, next_step, sum(journeys) as journeys
from walked
group by all
