// Package testdata holds sample sheets of CRO contacts and embeds them, so that the demo and the tests need no file
// beside the binary. Begin with [FS] and the names [Contacts] and [CRMExport].
//
// Every person, company, address and number in them is invented: the domains end in .example, and the numbers come
// from ranges that are kept for fiction. The customers are numbered 1 to 12. The good rows can all be created; the bad
// ones each show one fault that people really make. No customer and e-mail address meet twice, but for the one
// repeated pair in [Contacts], and the two sheets share none, so that both fit into one account.
//
// The package only holds the files. samples_test.go says what is in them, cell by cell, and makes them again:
//
//	go test ./testdata -update
package testdata

import "embed"

const (
	// Contacts is a workbook as a person keeps it: one sheet "Contacts", numbers as text where zeros and plus signs
	// matter, Y and N for the notifications. 240 rows, of which 229 are good.
	Contacts = "cro-contacts.xlsx"

	// CRMExport is what a CRM on Windows writes: semicolons, CRLF, UTF-8 with a byte order mark, true and false, line
	// breaks inside quotes, blank lines. 220 rows, of which 214 are good.
	CRMExport = "crm-export.csv"
)

//go:embed cro-contacts.xlsx crm-export.csv contacts.yaml export.yaml
var files embed.FS

// FS returns the sample sheets, [Contacts] and [CRMExport], and the job files that the demo uses with them: contacts.yaml
// and export.yaml, in which BASE_URL and TENANT stand for what only the demo knows.
func FS() embed.FS { return files }
