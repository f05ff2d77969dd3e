-- What a company's own tests showed. The one place where this product says "because of", and only as far as the test was one.
select
    experiments.experiment, experiments.kind, experiments.awareness_metric, experiments.outcome_metric, experiments.starts_on, experiments.ends_on,
    effects.relative_effect, effects.relative_low, effects.relative_high, effects.effect, effects.low, effects.high, effects.observed,
    effects.n_days_before, effects.n_days_during, effects.method,
    if(experiments.control is null, 'no_control', null) as caveat, effects.missing_reason
from {{ source('rules', 'experiments') }} as experiments
inner join {{ ref('int_experiment_effects') }} as effects using (experiment)
