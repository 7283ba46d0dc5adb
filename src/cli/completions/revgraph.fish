# Completions of revgraph for fish.

function __revgraph_complete
    set -l words (commandline --current-process --tokenize --cut-at-cursor) (commandline --cut-at-cursor --current-token)
    REVGRAPH_COMPLETE=fish command revgraph -- $words 2>/dev/null
end

complete --command revgraph --no-files --keep-order --arguments '(__revgraph_complete)'
