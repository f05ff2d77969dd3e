select class, department_kind
from {{ source('rules', 'class_rules') }}
