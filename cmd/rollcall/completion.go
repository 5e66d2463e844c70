package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// completion prints a script that completes commands and flags. The scripts are complete in themselves: they hold the
// names, and do not call the program while a person types.
func (p *program) completion(c *cli.Context) error {
	if err := tooMany(c, 1); err != nil {
		return err
	}
	shells := map[string]func(*cli.App) string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion, "powershell": powershellCompletion}
	script, ok := shells[c.Args().First()]
	if !ok {
		return fmt.Errorf("%w: completion needs a shell: bash, zsh, fish or powershell", sync.ErrUsage)
	}
	_, err := fmt.Fprint(p.out, script(c.App))
	return err
}

// flagNames is the long flags of a command and the global ones, dashes included.
func flagNames(flags ...cli.Flag) string {
	var names []string
	for _, f := range flags {
		names = append(names, "--"+f.Names()[0])
	}
	return strings.Join(names, " ")
}

// commandNames is the names of all commands.
func commandNames(app *cli.App) string {
	var names []string
	for _, c := range app.Commands {
		names = append(names, c.Name)
	}
	return strings.Join(names, " ")
}

// bashCompletion completes commands first, then the flags of the command, then files.
func bashCompletion(app *cli.App) string {
	var b strings.Builder
	b.WriteString("# bash completion for rollcall; load with: source <(rollcall completion bash)\n_rollcall() {\n")
	b.WriteString("  local cur=${COMP_WORDS[COMP_CWORD]} word command=\n  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n")
	fmt.Fprintf(&b, "    case \" %s \" in *\" $word \"*) command=$word; break;; esac\n  done\n", commandNames(app))
	fmt.Fprintf(&b, "  local flags=\"%s\"\n  case $command in\n", flagNames(app.Flags...))
	for _, c := range app.Commands {
		fmt.Fprintf(&b, "    %s) flags=\"$flags %s\";;\n", c.Name, flagNames(c.Flags...))
	}
	b.WriteString("  esac\n  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\"))\n")
	fmt.Fprintf(&b, "  elif [[ -z $command ]]; then COMPREPLY=($(compgen -W \"%s\" -- \"$cur\"))\n", commandNames(app))
	b.WriteString("  else COMPREPLY=($(compgen -f -- \"$cur\")); fi\n}\ncomplete -o filenames -F _rollcall rollcall\n")
	return b.String()
}

// zshCompletion uses the bash script through zsh's own bridge.
func zshCompletion(app *cli.App) string {
	return "# zsh completion for rollcall; load with: source <(rollcall completion zsh)\nautoload -U +X bashcompinit && bashcompinit\n" + bashCompletion(app)
}

// fishCompletion lists commands and flags one by one, as fish wants it.
func fishCompletion(app *cli.App) string {
	var b strings.Builder
	b.WriteString("# fish completion for rollcall; load with: rollcall completion fish | source\n")
	for _, f := range app.Flags {
		fmt.Fprintf(&b, "complete -c rollcall -l %s\n", f.Names()[0])
	}
	for _, c := range app.Commands {
		fmt.Fprintf(&b, "complete -c rollcall -n __fish_use_subcommand -f -a %s -d '%s'\n", c.Name, strings.ReplaceAll(c.Usage, "'", ""))
		for _, f := range c.Flags {
			fmt.Fprintf(&b, "complete -c rollcall -n '__fish_seen_subcommand_from %s' -l %s\n", c.Name, f.Names()[0])
		}
	}
	return b.String()
}

// powershellCompletion completes commands and all flags.
func powershellCompletion(app *cli.App) string {
	all := strings.Fields(commandNames(app) + " " + flagNames(app.Flags...))
	for _, c := range app.Commands {
		all = append(all, strings.Fields(flagNames(c.Flags...))...)
	}
	return "# PowerShell completion for rollcall; load with: rollcall completion powershell | Out-String | Invoke-Expression\n" +
		"Register-ArgumentCompleter -Native -CommandName rollcall -ScriptBlock {\n  param($word)\n  '" + strings.Join(all, "','") +
		"' | Sort-Object -Unique | Where-Object { $_ -like \"$word*\" }\n}\n"
}
