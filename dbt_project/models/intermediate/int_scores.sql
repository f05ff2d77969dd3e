-- What a department answers for in a period.
{{ scores(ref('int_owned_facts'), ['profile'], ['department', 'department_kind']) }}
