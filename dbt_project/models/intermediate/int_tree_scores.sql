{{ scores(ref('int_tree_facts'), ref('int_tree_days'), ['tree', 'profile'], ['node']) }}
