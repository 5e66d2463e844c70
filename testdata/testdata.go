// Package testdata holds sample sheets for the three APIs and embeds them, so that the demo and the tests need no file
// beside the binary. Begin with [FS] and the names of the sheets.
//
// Every person, company, address and number in them is invented: the domains end in .example, and the numbers come
// from ranges that are kept for fiction. The good rows can all be created in the default worlds of the simulator, once
// Revnue has a second category called Retail; the bad ones each show faults that people really make. No key is there
// twice but for one repeated pair in [Contacts], in [BigChangeContacts] and in [RevnueCustomers]. The two sheets for CRO,
// whose customers are numbered 1 to 12, share none, so that both fit into one account.
//
// The package only holds the files. Its tests say what is in them, cell by cell, and make them again:
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

	// BigChangeContacts is what a scheduling program exports: commas, LF, UTF-8 without a byte order mark, groups by name,
	// coordinates, custom fields of three contact groups. 220 rows, of which 208 are good; 5 of these have texts that are
	// longer than BigChange's older interface takes.
	BigChangeContacts = "bigchange-contacts.csv"

	// RevnueCustomers is a workbook that grew over the years: one sheet "Customers", categories and countries by name,
	// amounts and dates as numbers and as text, four custom fields. 240 rows, of which 217 are good.
	RevnueCustomers = "revnue-customers.xlsx"
)

//go:embed cro-contacts.xlsx crm-export.csv bigchange-contacts.csv revnue-customers.xlsx
//go:embed contacts.yaml export.yaml bigchange.yaml revnue.yaml
var files embed.FS

// FS returns the sample sheets and the job files that the demo uses with them: contacts.yaml and export.yaml for CRO,
// bigchange.yaml and revnue.yaml. In these BASE_URL, TENANT, CUSTOMER, CLIENT and COMPANY stand for what only the demo
// knows.
func FS() embed.FS { return files }
