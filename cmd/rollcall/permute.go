package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// permute puts the arguments into the order that the flag parser needs, so that flags may stand anywhere: global flags,
// the command, its flags, and then everything that is not a flag. "--" ends the flags.
func permute(app *cli.App, args []string) ([]string, error) {
	var global, local, rest []string
	command := commandOf(app, args)
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			rest = append(rest, args[i+1:]...)
			break
		}
		if !isFlag(arg) {
			rest = append(rest, arg)
			continue
		}
		name, _, hasValue := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		flag, isGlobal := findFlag(app.Flags, name), true
		if flag == nil && command != nil {
			flag, isGlobal = findFlag(command.Flags, name), false
		}
		taken := []string{arg}
		switch {
		case flag == nil && name != "help" && name != "h":
			return nil, unknownFlag(app, command, name)
		case flag != nil && !hasValue && takesValue(flag):
			if i++; i == len(args) {
				return nil, fmt.Errorf("%w: flag %s needs a value", sync.ErrUsage, arg)
			}
			taken = append(taken, args[i])
		}
		if isGlobal && flag != nil {
			global = append(global, taken...)
		} else {
			local = append(local, taken...)
		}
	}
	if len(rest) == 0 {
		return append(global, local...), nil
	}
	if command == nil || rest[0] != command.Name && !slices.Contains(command.Aliases, rest[0]) {
		return nil, unknownCommand(app, rest[0])
	}
	ordered := append(append(global, rest[0]), local...)
	if len(rest) > 1 {
		ordered = append(append(ordered, "--"), rest[1:]...)
	}
	return ordered, nil
}

// isFlag reports whether an argument is one; a lone dash is not, and neither is a negative number.
func isFlag(arg string) bool {
	return len(arg) > 1 && arg[0] == '-' && (arg[1] < '0' || arg[1] > '9')
}

// commandOf is the command among the arguments, which may stand behind flags that take values; nil if there is none.
func commandOf(app *cli.App, args []string) *cli.Command {
	for i := 0; i < len(args); i++ {
		if args[i] == "--" { // the command may stand behind it
			continue
		}
		if !isFlag(args[i]) {
			return app.Command(args[i])
		}
		name, _, hasValue := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		if f := anyFlag(app, name); f != nil && !hasValue && takesValue(f) {
			i++
		}
	}
	return nil
}

// anyFlag finds a flag among the global ones and those of every command; a name means the same wherever it occurs.
func anyFlag(app *cli.App, name string) cli.Flag {
	if f := findFlag(app.Flags, name); f != nil {
		return f
	}
	for _, c := range app.Commands {
		if f := findFlag(c.Flags, name); f != nil {
			return f
		}
	}
	return nil
}

// findFlag finds a flag by any of its names.
func findFlag(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

// takesValue reports whether a flag needs a value.
func takesValue(f cli.Flag) bool {
	_, isSwitch := f.(*cli.BoolFlag)
	return !isSwitch
}

// unknownFlag names the flag that was probably meant.
func unknownFlag(app *cli.App, command *cli.Command, name string) error {
	flags := app.Flags
	where := "rollcall"
	if command != nil {
		flags = slices.Concat(flags, command.Flags)
		where += " " + command.Name
	}
	var names []string
	for _, f := range flags {
		names = append(names, f.Names()...)
	}
	return fmt.Errorf("%w: %s has no flag --%s%s; `%s --help` lists its flags", sync.ErrUsage, where, name, suggestion(name, "--", names), where)
}

// unknownCommand names the command that was probably meant.
func unknownCommand(app *cli.App, name string) error {
	var names []string
	for _, c := range app.Commands {
		names = append(names, c.Name)
	}
	return fmt.Errorf("%w: there is no command %q%s; `rollcall --help` lists them", sync.ErrUsage, name, suggestion(name, "", names))
}

// suggestion is the name that was probably meant, as a question, or nothing.
func suggestion(name, prefix string, names []string) string {
	best, distance := "", 3
	for _, n := range names {
		if d := levenshtein.ComputeDistance(name, n); d < distance && len(n) > 1 {
			best, distance = n, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s%s?)", prefix, best)
}
