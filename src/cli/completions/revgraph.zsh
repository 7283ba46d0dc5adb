#compdef revgraph
# Completions of revgraph for zsh.

_revgraph() {
    local value help
    local -a closed open
    while IFS=$'\t' read -r value help; do
        if [[ $value == *[@/:=] ]]; then
            open+=("${value//:/\\:}${help:+:$help}")
        else
            closed+=("${value//:/\\:}${help:+:$help}")
        fi
    done < <(REVGRAPH_COMPLETE=zsh command revgraph -- "${(@)words[1,CURRENT-1]}" "$PREFIX" 2>/dev/null)
    # In revgraph's order; what can be gone on with is not followed by a blank.
    (( $#closed )) && _describe -V revgraph closed
    (( $#open )) && _describe -V revgraph open -S ''
}

# A file of $fpath is the function's body when it is first called; a script that is sourced registers it.
if [[ $funcstack[1] == _revgraph ]]; then
    _revgraph "$@"
else
    compdef _revgraph revgraph
fi
