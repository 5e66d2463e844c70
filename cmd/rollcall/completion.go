package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// completion prints a script that completes commands, flags and what they take. The scripts are complete in themselves: they hold
// the names, and do not call the program while a person types.
func (p *program) completion(c *cli.Context) error {
	if err := tooMany(c, 1); err != nil {
		return err
	}
	shells := map[string]func(*words) string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion, "powershell": powershellCompletion}
	script, ok := shells[c.Args().First()]
	if !ok {
		return fmt.Errorf("%w: completion needs a shell: bash, zsh, fish or powershell", sync.ErrUsage)
	}
	w, err := newWords(c.App)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(p.out, script(w))
	return err
}

// words is everything that can be completed.
type words struct {
	app    *cli.App
	args   map[string][]string // what a command takes, by its name; files where there is nothing
	values map[string][]string // what a flag takes, by its long name; files where there is nothing
}

// newWords collects what the commands and flags of the program take.
func newWords(app *cli.App) (*words, error) {
	targets, err := sync.Targets("")
	if err != nil {
		return nil, err
	}
	var resources, codes []string
	for _, t := range targets {
		resources = append(resources, t.Resources...)
	}
	for _, m := range sync.Exits() {
		codes = append(codes, strconv.Itoa(int(m.Code)))
	}
	return &words{
		app: app,
		args: map[string][]string{
			"fields": resources, "explain": slices.Concat(sync.CodeNames(), codes), "completion": {"bash", "zsh", "fish", "powershell"},
		},
		values: map[string][]string{
			"target": resources, "log-format": sync.LogFormats(), "encoding": {"utf-8", "utf-16le", "utf-16be", "windows-1252"},
			"older-than": {"30d", "90d", "365d"},
		},
	}, nil
}

// commands is the names of all commands.
func (w *words) commands() []string {
	var names []string
	for _, c := range w.app.Commands {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	return names
}

// allFlags is every flag that there is, each once.
func (w *words) allFlags() []cli.Flag {
	var all []cli.Flag
	known := map[string]bool{}
	add := func(flags []cli.Flag) {
		for _, f := range flags {
			if !known[f.Names()[0]] {
				known[f.Names()[0]] = true
				all = append(all, f)
			}
		}
	}
	add(w.app.Flags)
	for _, c := range w.app.Commands {
		add(c.Flags)
	}
	return all
}

// flagNames is the long names of flags, dashes included.
func flagNames(flags ...cli.Flag) []string {
	var names []string
	for _, f := range flags {
		names = append(names, "--"+f.Names()[0])
	}
	return names
}

// bashCompletion completes values of flags, then commands, then the flags of the command, then what it takes.
func bashCompletion(w *words) string {
	var b strings.Builder
	commands := strings.Join(w.commands(), " ")
	b.WriteString("# bash completion for rollcall; load with: source <(rollcall completion bash)\n_rollcall() {\n" +
		"  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} word command= values=\n" +
		"  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n" +
		"  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n")
	fmt.Fprintf(&b, "    case \" %s \" in *\" $word \"*) command=$word; break;; esac\n  done\n", commands)
	b.WriteString("  case $prev in\n")
	for _, f := range w.allFlags() {
		if !takesValue(f) {
			continue
		}
		var patterns []string
		for _, name := range f.Names() {
			patterns = append(patterns, strings.Repeat("-", min(len(name), 2))+name)
		}
		if values := w.values[f.Names()[0]]; values != nil {
			fmt.Fprintf(&b, "    %s) COMPREPLY=($(compgen -W \"%s\" -- \"$cur\")); return;;\n", strings.Join(patterns, "|"), strings.Join(values, " "))
		} else {
			fmt.Fprintf(&b, "    %s) COMPREPLY=($(compgen -f -- \"$cur\")); return;;\n", strings.Join(patterns, "|"))
		}
	}
	fmt.Fprintf(&b, "  esac\n  local flags=\"%s\"\n  case $command in\n", strings.Join(flagNames(w.app.Flags...), " "))
	for _, c := range w.app.Commands {
		fmt.Fprintf(&b, "    %s) flags=\"$flags %s\"", c.Name, strings.Join(flagNames(c.Flags...), " "))
		if args := w.args[c.Name]; args != nil {
			fmt.Fprintf(&b, " values=\"%s\"", strings.Join(args, " "))
		}
		b.WriteString(";;\n")
	}
	b.WriteString("  esac\n  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\"))\n")
	fmt.Fprintf(&b, "  elif [[ -z $command ]]; then COMPREPLY=($(compgen -W \"%s\" -- \"$cur\"))\n", commands)
	b.WriteString("  elif [[ -n $values ]]; then COMPREPLY=($(compgen -W \"$values\" -- \"$cur\"))\n" +
		"  else COMPREPLY=($(compgen -f -- \"$cur\")); fi\n}\ncomplete -o filenames -F _rollcall rollcall\n")
	return b.String()
}

// zshCompletion uses the bash script through zsh's own bridge.
func zshCompletion(w *words) string {
	return "# zsh completion for rollcall; load with: source <(rollcall completion zsh)\nautoload -U +X bashcompinit && bashcompinit\n" + bashCompletion(w)
}

// fishCompletion lists commands and flags one by one, as fish wants it.
func fishCompletion(w *words) string {
	var b strings.Builder
	b.WriteString("# fish completion for rollcall; load with: rollcall completion fish | source\n")
	for _, f := range w.app.Flags {
		b.WriteString("complete -c rollcall" + w.fishFlag(f))
	}
	for _, c := range w.app.Commands {
		fmt.Fprintf(&b, "complete -c rollcall -n __fish_use_subcommand -f -a %s -d %s\n", c.Name, singleQuoted(c.Usage))
		seen := "complete -c rollcall -n '__fish_seen_subcommand_from " + c.Name + "'"
		if args := w.args[c.Name]; args != nil {
			fmt.Fprintf(&b, "%s -f -a %s\n", seen, singleQuoted(strings.Join(args, " ")))
		}
		for _, f := range c.Flags {
			b.WriteString(seen + w.fishFlag(f))
		}
	}
	return b.String()
}

// fishFlag is a flag as fish wants it, with the end of its line.
func (w *words) fishFlag(f cli.Flag) string {
	names := f.Names()
	text := " -l " + names[0]
	for _, name := range names[1:] {
		if len(name) == 1 {
			text += " -s " + name
		}
	}
	switch values := w.values[names[0]]; {
	case values != nil:
		text += " -x -a " + singleQuoted(strings.Join(values, " "))
	case takesValue(f):
		text += " -r"
	}
	if described, ok := f.(cli.DocGenerationFlag); ok {
		_, usage := placeholder(described.GetUsage())
		text += " -d " + singleQuoted(usage)
	}
	return text + "\n"
}

// singleQuoted is a text in single quotes for fish, which knows two escapes in them.
func singleQuoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// powershellCompletion completes values of flags, then commands, then the flags of the command and what it takes. Where it knows
// nothing, PowerShell completes files.
func powershellCompletion(w *words) string {
	var b strings.Builder
	list := func(words []string) string {
		if len(words) == 0 {
			return "@()"
		}
		return "@('" + strings.Join(words, "','") + "')"
	}
	b.WriteString("# PowerShell completion for rollcall; load with: rollcall completion powershell | Out-String | Invoke-Expression\n" +
		"Register-ArgumentCompleter -Native -CommandName rollcall -ScriptBlock {\n  param($word, $ast, $cursor)\n")
	fmt.Fprintf(&b, "  $global = %s\n  $flags = @{\n", list(flagNames(w.app.Flags...)))
	for _, c := range w.app.Commands {
		fmt.Fprintf(&b, "    '%s' = %s\n", c.Name, list(flagNames(c.Flags...)))
	}
	b.WriteString("  }\n  $takes = @{\n")
	for _, c := range w.app.Commands {
		if args := w.args[c.Name]; args != nil {
			fmt.Fprintf(&b, "    '%s' = %s\n", c.Name, list(args))
		}
	}
	b.WriteString("  }\n  $values = @{\n")
	for _, f := range w.allFlags() {
		if values := w.values[f.Names()[0]]; values != nil {
			fmt.Fprintf(&b, "    '--%s' = %s\n", f.Names()[0], list(values))
		}
	}
	fmt.Fprintf(&b, "  }\n  $commands = %s\n", list(w.commands()))
	b.WriteString("  $typed = @($ast.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { $_.ToString() })\n" +
		"  $command = $typed | Where-Object { $commands -contains $_ } | Select-Object -First 1\n" +
		"  if ($typed.Count -gt 0 -and $values.ContainsKey($typed[-1])) { $offer = $values[$typed[-1]] }\n" +
		"  elseif ($word -like '-*') { $offer = $global; if ($command) { $offer += $flags[$command] } }\n" +
		"  elseif (-not $command) { $offer = $commands }\n" +
		"  else { $offer = $takes[$command] }\n" +
		"  $offer | Where-Object { $_ -like \"$word*\" }\n}\n")
	return b.String()
}
