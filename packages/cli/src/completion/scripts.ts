/** The shells that completion exists for. */
export const shells = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof shells)[number];

/**
 * What a shell runs so that Tab completes `bento`. Each asks `bento __complete -- WORD...`, which prints where the
 * answers come from, `words`, `files` or `folders`, and then one answer a line, with a tab before its description.
 */
export const completionScripts: Readonly<Record<Shell, string>> = {
  bash: `# Completion of the bento command. Load it with: source <(bento completion bash)
_bento() {
  local line="\${COMP_LINE:0:COMP_POINT}" from="" breaks="" cut="" answer current
  local -a words
  COMPREPLY=()
  # Not COMP_WORDS: bash cuts those at every colon. A backslash keeps a blank inside a word.
  read -a words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  current="\${words[\${#words[@]}-1]}"
  [[ "$COMP_WORDBREAKS" == *:* ]] && breaks=":"
  [[ "$COMP_WORDBREAKS" == *=* ]] && breaks="$breaks="
  # Bash replaces only what stands behind the last break.
  [[ -n "$breaks" && "$current" == *["$breaks"]* ]] && cut="\${current%"\${current##*["$breaks"]}"}"
  while IFS= read -r answer; do
    if [[ -z "$from" ]]; then
      from="$answer"
    else
      answer="\${answer%%$'\\t'*}"
      COMPREPLY+=("\${answer#"$cut"}")
    fi
  done < <("$1" __complete -- "\${words[@]:1}" 2> /dev/null)
  case "$from" in
    files) compopt -o default 2> /dev/null ;;
    folders) compopt -o dirnames 2> /dev/null ;;
    # What ends in a slash goes on.
    words) [[ "\${COMPREPLY[*]}" == */ ]] && compopt -o nospace 2> /dev/null ;;
  esac
}
complete -F _bento bento
`,
  zsh: `#compdef bento
# Completion of the bento command. Load it with: source <(bento completion zsh)
_bento() {
  local -a answers described
  local answer
  answers=("\${(@f)$("\${(Q)words[1]}" __complete -- "\${(@Q)words[2,CURRENT]}" 2> /dev/null)}")
  case "$answers[1]" in
    files) _files; return ;;
    folders) _files -/; return ;;
  esac
  for answer in "\${(@)answers[2,-1]}"; do
    described+=("\${\${answer%%$'\\t'*}//:/\\\\:}:\${answer#*$'\\t'}")
  done
  # What ends in a slash goes on.
  if [[ "\${answers[-1]%%$'\\t'*}" == */ ]]; then _describe -V bento described -S ''; else _describe -V bento described; fi
}
if [[ "$funcstack[1]" == _bento ]]; then _bento "$@"; else compdef _bento bento; fi
`,
  fish: `# Completion of the bento command. Load it with: bento completion fish | source
function __bento_complete
  set -l token (commandline -ct)
  set -l words (commandline -opc)
  set -l answers ($words[1] __complete -- $words[2..-1] "$token" 2> /dev/null)
  switch "$answers[1]"
    case files
      __fish_complete_path "$token"
    case folders
      __fish_complete_directories "$token"
    case words
      test (count $answers) -gt 1; and printf '%s\\n' $answers[2..-1]
  end
end
complete -c bento -f -a '(__bento_complete)'
`,
};
