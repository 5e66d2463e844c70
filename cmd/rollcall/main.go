// Command rollcall takes customer and contact sheets into CRM and field-service APIs, and accounts for every row.
//
// It is the command line of package sync and nothing more: flags become options, options go into one call, and what
// comes back becomes text or JSON and an exit code.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
