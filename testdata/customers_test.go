package testdata_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rollcall-sync/rollcall/testdata"
)

// The columns of the customers.
const (
	firmColumn = iota
	segmentColumn
	personColumn
	personEmailColumn
	roleColumn
	addressColumn
	address2Column
	cityColumn
	stateColumn
	zipColumn
	countryColumn
	firmPhoneColumn
	mobileColumn
	firmFaxColumn
	websiteColumn
	aboutColumn
	ndaColumn
	ndaDateColumn
	msaColumn
	msaDateColumn
	creditColumn
	visitsColumn
	endColumn
	managerColumn
	internalColumn
	customerWidth
)

// segments is the categories of the simulated account but Retail, which it has twice.
func segments() []string {
	return []string{"Construction", "Education", "Logistics", "Software", "Food & Drink", "Healthcare", "Hospitality",
		"Manufacturing", "Public sector", "Énergie", "Retail, online"}
}

// countries is some of the countries that the simulated account knows.
func countries() []string {
	return []string{"United Kingdom", "Germany", "Côte d'Ivoire", "Türkiye", "United States", "Japan", "Ireland"}
}

func roles() []string {
	return []string{"account_management", "billing", "executive", "sales", "support", "technical"}
}

// customers is a workbook of customers with the terms that were agreed with them.
func customers() *sheet {
	s := &sheet{
		file: testdata.RevnueCustomers,
		header: []string{"Customer", "Segment", "Contact", "Contact e-mail", "Role", "Address", "Address 2", "City", "State", "Zip",
			"Country", "Phone", "Mobile", "Fax", "Website", "About", "NDA", "NDA date", "MSA", "MSA date", "Credit limit",
			"Visits a year", "Contract end", "Account manager", "Internal"},
		judge: customerFault,
		key:   func(cells []string) string { return strings.ToLower(cells[firmColumn]) },
	}
	for i, p := range people()[:240] {
		s.rows = append(s.rows, customer(i, p))
	}
	s.apply(customerEdits(s.rows[28][firmColumn]))
	return s
}

// customer makes one row.
func customer(i int, p person) []string {
	trades := []string{"Bakery", "Roofing", "Logistics", "Software", "Dental", "Brewing", "Textiles", "Hotels", "Farms", "Optics"}
	day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i*3)
	cells := make([]string, customerWidth)
	cells[firmColumn] = firm(i) + " " + trades[(i+i/26)%10]
	cells[segmentColumn] = segments()[i%11]
	cells[addressColumn], cells[cityColumn] = street(i), town(i)
	cells[address2Column] = []string{"", "Unit 3", ""}[i%3]
	cells[stateColumn] = []string{"Alberta", "", "Zürichgau", ""}[i%4]
	cells[zipColumn] = fmt.Sprintf("%05d", i*37)
	cells[countryColumn] = countries()[i%7]
	cells[firmPhoneColumn], cells[mobileColumn], cells[firmFaxColumn] = shortPhone(i), shortPhone(i+4), fax(i)
	cells[websiteColumn] = []string{"https://" + domain(i%12+1), "", "www." + domain(i%12+1)}[i%3]
	cells[aboutColumn] = remark(i)
	cells[internalColumn] = []string{"", "see folder", "do not call"}[i%3]
	if i%4 != 3 {
		cells[personColumn], cells[personEmailColumn] = p.name, p.slug+"@"+domain(i%12+1)
		cells[roleColumn] = roles()[i%6]
	}
	cells[ndaColumn] = []string{"Y", "N", ""}[i%3]
	cells[msaColumn] = []string{"TRUE", "FALSE", "", "TRUE"}[i%4]
	if cells[ndaColumn] == "Y" {
		cells[ndaDateColumn] = day.Format(sheetDate)
	}
	if cells[msaColumn] == "TRUE" {
		cells[msaDateColumn] = day.AddDate(0, 1, 0).Format(sheetDate)
	}
	cells[creditColumn] = []string{fmt.Sprintf("%d.55", 1000+i), fmt.Sprintf("%d.%03d,00", i+1, i), "", strconv.Itoa(8000 + i),
		fmt.Sprintf("%d,5", 700+i)}[i%5]
	cells[visitsColumn] = []string{strconv.Itoa(i % 53), "", "12"}[i%3]
	cells[endColumn] = []string{day.AddDate(2, 0, 0).Format(sheetDate), ""}[i%2]
	cells[managerColumn] = []string{"Baxter, M.", "Okafor, C.", "", "Lindqvist, E."}[i%4]
	return cells
}

// shortPhone is a number of at most 20 characters: one without an extension.
func shortPhone(i int) string {
	if i%9 == 1 {
		i++
	}
	return phone(i)
}

// customerEdits is what is odd or wrong in the customers; twice is a name that is there already.
func customerEdits(twice string) []edit {
	return []edit{
		{7, firmColumn, "", "name is missing"},
		{19, firmColumn, strings.Repeat("雲", 51), "name is too long"},
		{28, cityColumn, "Somewhere else", "key is repeated"},
		{41, segmentColumn, "Retail", "category is there twice"},
		{52, segmentColumn, "Astrology", "category does not exist"},
		{61, personColumn, "", "contact person is half"},
		{74, personEmailColumn, "", "contact person is half"},
		{85, roleColumn, "Boss", "role does not exist"},
		{96, zipColumn, "QX1 4ZZ (back office)", "zip is too long"},
		{107, countryColumn, "Ruritania", "country does not exist"},
		{118, firmPhoneColumn, "(312) 555-0118 ext. 118", "phone is too long"},
		{129, websiteColumn, "https://" + domain(10) + "/en/customers/welcome", "website is too long"},
		{140, aboutColumn, strings.Repeat("x", 1001), "text is too long"},
		{151, ndaColumn, "perhaps", "boolean is unknown"},
		{162, ndaDateColumn, "29/02/2025", "date does not exist"},
		{173, firmColumn, strings.ToUpper(twice), "key is repeated"},
		{184, creditColumn, "99,125", "money has three decimals"},
		{190, creditColumn, "-50", "money is negative"},
		{195, creditColumn, "1.000.000.000.000.000,00", "money is too much"},
		{201, visitsColumn, "2.5", "number is not whole"},
		{206, endColumn, "31/02/2027", "date does not exist"},
		{212, managerColumn, strings.Repeat("x", 51), "text is too long"},
		{220, firmPhoneColumn, "(312) 555-0120 ext. 120", "phone is too long"},
		{220, creditColumn, "-1", "phone is too long"}, // the first of two problems counts

		{0, firmColumn, "=1+1 Ltd", ""},
		{1, firmColumn, "+44 Logistics", ""},
		{2, firmColumn, "-Dash & Co", ""},
		{3, firmColumn, "@home Furniture", ""},
		{4, firmColumn, strings.Repeat("雲", 50), ""},
		{8, personEmailColumn, strings.Repeat("x", 238) + "@quarry.example.", ""},
		{12, zipColumn, "QX1 4ZZ (back yard) ", ""}, // 20 characters with the blank
		{13, countryColumn, "IRELAND ", ""},
		{16, countryColumn, "côte  d'ivoire", ""},
		{17, segmentColumn, "food & drink", ""},
		{20, segmentColumn, "E\u0301nergie", ""},
		{21, websiteColumn, "https://" + domain(7) + "/en/about/us-all"[:50-len("https://"+domain(7))], ""},
		{22, aboutColumn, strings.Repeat("株", 1000), ""},
		{30, creditColumn, "0", ""},
		{31, creditColumn, "999.999.999.999.999,00", ""},
		{33, visitsColumn, "-4", ""},
		{36, visitsColumn, "999999999999999", ""},
		{37, managerColumn, strings.Repeat("Ö", 50), ""},
	}
}

func customerFault(cells []string) string {
	long := func(column, most int) bool { return utf8.RuneCountInString(cells[column]) > most }
	named := func(column int, names []string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return plain(name) == plain(cells[column]) })
	}
	switch {
	case cells[firmColumn] == "":
		return "name is missing"
	case long(firmColumn, 50):
		return "name is too long"
	case cells[segmentColumn] == "Retail":
		return "category is there twice"
	case !named(segmentColumn, segments()):
		return "category does not exist"
	case (cells[personColumn] == "") != (cells[personEmailColumn] == ""):
		return "contact person is half"
	case cells[roleColumn] != "" && !slices.Contains(roles(), cells[roleColumn]):
		return "role does not exist"
	case long(zipColumn, 20):
		return "zip is too long"
	case !named(countryColumn, countries()):
		return "country does not exist"
	case long(firmPhoneColumn, 20) || long(mobileColumn, 20) || long(firmFaxColumn, 20):
		return "phone is too long"
	case long(websiteColumn, 50):
		return "website is too long"
	case long(aboutColumn, 1000) || long(managerColumn, 50) || long(personColumn, 50) || long(personEmailColumn, 254):
		return "text is too long"
	case !slices.Contains([]string{"Y", "N", ""}, cells[ndaColumn]):
		return "boolean is unknown"
	case cells[visitsColumn] != "" && !regexp.MustCompile(`^-?\d{1,15}$`).MatchString(cells[visitsColumn]):
		return "number is not whole"
	}
	for _, text := range []string{cells[ndaDateColumn], cells[msaDateColumn], cells[endColumn]} {
		if _, err := time.Parse(sheetDate, text); text != "" && err != nil {
			return "date does not exist"
		}
	}
	return moneyFault(cells[creditColumn])
}

// moneyFault judges an amount as a German types it, or as a cell with a number shows it.
func moneyFault(text string) string {
	switch digits := strings.ReplaceAll(text, ".", ""); {
	case text == "" || regexp.MustCompile(`^\d+\.\d\d$`).MatchString(text):
		return ""
	case strings.HasPrefix(text, "-"):
		return "money is negative"
	case regexp.MustCompile(`,\d{3}`).MatchString(digits):
		return "money has three decimals"
	case regexp.MustCompile(`^\d{16}`).MatchString(digits):
		return "money is too much"
	}
	return ""
}
