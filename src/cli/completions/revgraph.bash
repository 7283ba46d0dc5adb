# Completions of revgraph for bash.

_revgraph() {
    # Bash takes a word apart at @, : and =, so that label@head is three: what hangs together becomes one word again.
    local rest=${COMP_LINE:0:COMP_POINT} blank word i count=0
    local -a words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        blank=${rest%%[![:space:]]*}
        rest=${rest#"$blank"}
        word=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || word=$rest
        if ((i == 0)) || [[ -n $blank ]]; then
            words[count++]=$word
        else
            words[count - 1]+=$word
        fi
        rest=${rest#"$word"}
    done

    # A quote that is still open is none of the word's; what bash does not replace is cut from the candidates.
    local current=${words[count - 1]#[\"\']} kept=
    words[count - 1]=$current
    [[ $current != *"$2" ]] || kept=${current%"$2"}

    local value help width=0
    local -a values=() helps=()
    while IFS=$'\t' read -r value help; do
        value=${value#"$kept"}
        values+=("$value")
        helps+=("$help")
        ((${#value} <= width)) || width=${#value}
    done < <(REVGRAPH_COMPLETE=bash command revgraph -- "${words[@]}" 2>/dev/null)

    COMPREPLY=("${values[@]}")
    if ((${#values[@]} == 1)); then
        [[ ${values[0]} != *[@/:=] ]] || compopt -o nospace 2>/dev/null
    elif [[ $COMP_TYPE != 37 && $COMP_TYPE != 42 ]]; then
        # Several are shown, and none put in: each with what it means, as wide as the terminal is.
        for i in "${!values[@]}"; do
            [[ -n ${helps[i]} ]] || continue
            printf -v value '%-*s  (%s)' "$width" "${values[i]}" "${helps[i]}"
            COMPREPLY[i]=${value:0:${COLUMNS:-80}-1}
        done
    fi
}

complete -o nosort -o bashdefault -F _revgraph revgraph 2>/dev/null || complete -o bashdefault -F _revgraph revgraph
