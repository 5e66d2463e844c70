package testdata_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-sync/rollcall/testdata"
)

// The columns of the sites.
const (
	refColumn = iota
	siteColumn
	groupColumn
	accessColumn
	streetColumn
	townColumn
	postcodeColumn
	siteCountryColumn
	latitudeColumn
	longitudeColumn
	tierColumn
	keySafeColumn
	creditCheckColumn
	pupilsColumn
	sitePhoneColumn
	siteWidth
)

// groups is the contact groups of the simulated account, and what its sites are called there.
func groups() (names []string, kinds [][]string) {
	return []string{"Housing", "Commercial", "Schools", "Schools & Colleges", "Santé publique", "Imported Contacts"}, [][]string{
		{"Court", "Gardens", "Lodge"}, {"Depot", "Trading Park", "Foods Ltd"}, {"Primary School", "Nursery", "Academy"},
		{"College", "Sixth Form", "Institute"}, {"Clinique", "Hôpital", "Dispensaire"}, {"Yard", "Unit 7", "Annex"},
	}
}

// sites is a sheet of places to work at, as a scheduling program exports them: commas, no byte order mark.
func sites() *sheet {
	s := &sheet{
		file: testdata.BigChangeContacts,
		header: []string{"Ref", "Site", "Group", "Access notes", "Street", "Town", "Postcode", "Country", "Lat", "Lng",
			"Housing tier", "Key safe", "Credit check", "Pupils", "Site phone"},
		judge: siteFault,
		key:   func(cells []string) string { return strings.ToLower(cells[refColumn]) },
	}
	for i := range 220 {
		s.rows = append(s.rows, site(i))
	}
	s.apply(siteEdits(s.rows[150][refColumn]))
	// A comma that nobody quoted.
	s.rows[180] = slices.Insert(s.rows[180], streetColumn+1, " Mill Lane")
	s.faults[180] = "row has a cell too many"
	return s
}

// site makes one row. Only contacts of a group have its custom fields.
func site(i int) []string {
	names, kinds := groups()
	group := i % 6
	cells := make([]string, siteWidth)
	cells[refColumn] = fmt.Sprintf("%05d", 417+i*13) // the zeros in front count
	cells[siteColumn] = firm(i) + " " + kinds[group][i/78]
	cells[groupColumn] = names[group]
	cells[accessColumn] = remark(i)
	cells[streetColumn] = street(i)
	cells[townColumn] = town(i)
	cells[postcodeColumn] = fmt.Sprintf("QX%d %dZZ", i%20+1, i%9+1)
	cells[siteCountryColumn] = []string{"United Kingdom", "", "Éire / Ireland"}[i%3]
	cells[latitudeColumn] = fmt.Sprintf("%.4f", 50.1+float64(i)*0.0371)
	cells[longitudeColumn] = fmt.Sprintf("%.5f", -5.2+float64(i)*0.02413)
	cells[sitePhoneColumn] = phone(i)
	turn := i / 6
	switch names[group] {
	case "Housing":
		cells[tierColumn] = []string{"Gold", "Silver", "", "Bronze"}[turn%4]
		cells[keySafeColumn] = []string{"0417", "=4711", ""}[turn%3]
	case "Commercial":
		cells[creditCheckColumn] = []string{"passed", "", "2026-01-31"}[turn%3]
	case "Schools":
		cells[pupilsColumn] = strconv.Itoa(180 + i)
	}
	return cells
}

// siteEdits is what is odd or wrong in the sites; twice is a reference that is there already.
func siteEdits(twice string) []edit {
	return []edit{
		{9, latitudeColumn, "", "coordinate is missing"},
		{33, latitudeColumn, "", "coordinate is missing"},
		{33, longitudeColumn, "", "coordinate is missing"},
		{57, latitudeColumn, "51°24'N", "coordinate is not a number"},
		{82, groupColumn, "Hosing", "group does not exist"},
		{104, groupColumn, "", "group is missing"},
		{121, siteColumn, "", "name is missing"},
		{138, refColumn, "", "reference is missing"},
		{150, townColumn, "Somewhere else", "key is repeated"},
		{165, refColumn, "4.91703E+11", "reference is damaged"},
		{196, longitudeColumn, "#N/A", "coordinate is not a number"},
		{211, refColumn, twice, "key is repeated"},

		{0, siteColumn, "=1+1 Ltd", ""},
		{13, siteColumn, "+44 Self Storage", ""},
		{14, refColumn, "-17", ""},
		{18, groupColumn, "housing ", ""},
		{19, groupColumn, "COMMERCIAL", ""},
		{22, groupColumn, "sante\u0301 publique", ""}, // the accent is a character of its own
		{23, groupColumn, "Imported  contacts", ""},
		{24, longitudeColumn, "0", ""},
		{25, latitudeColumn, "-33", ""},
		{44, siteColumn, strings.Repeat("東雲", 25), ""}, // the 50 characters that the older interface takes
		{45, refColumn, strings.Repeat("R", 40), ""},
		// Longer than the older interface takes: a warning, for the API itself documents no length.
		{70, siteColumn, strings.Repeat("東雲", 25) + "館", ""},
		{71, postcodeColumn, "QX12 ZZ-EAST", ""},
		{72, accessColumn, strings.Repeat("Ring twice. ", 22), ""},
		{73, refColumn, strings.Repeat("R", 41), ""},
		{74, streetColumn, strings.Repeat("Long Mile ", 10) + "1", ""},
	}
}

func siteFault(cells []string) string {
	if len(cells) != int(siteWidth) {
		return "row has a cell too many"
	}
	names, _ := groups()
	known := slices.ContainsFunc(names, func(name string) bool { return plain(name) == plain(cells[groupColumn]) })
	switch {
	case cells[refColumn] == "":
		return "reference is missing"
	case regexp.MustCompile(`^\d\.\d+E\+\d+$`).MatchString(cells[refColumn]):
		return "reference is damaged"
	case cells[siteColumn] == "":
		return "name is missing"
	case cells[groupColumn] == "":
		return "group is missing"
	case !known:
		return "group does not exist"
	case cells[latitudeColumn] == "" || cells[longitudeColumn] == "":
		return "coordinate is missing"
	}
	for _, text := range cells[latitudeColumn : longitudeColumn+1] {
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			return "coordinate is not a number"
		}
	}
	return ""
}

// plain is a name without what a lookup overlooks: case, white space, and how an accent is composed.
func plain(name string) string {
	name = strings.ReplaceAll(strings.Join(strings.Fields(name), " "), "e\u0301", "é")
	return strings.ToLower(strings.ReplaceAll(name, "E\u0301", "é"))
}

// firm is the first part of the name of a company or a place that does not exist.
func firm(i int) string {
	names := []string{"Alder", "Brombær", "Châtaigne", "Dąb", "Encina", "Fjäril", "Gấu Trúc", "Hängebirke", "İğde", "Jiřička",
		"Kårbær", "Łoś", "Mañanita", "Nørrebær", "O’Sparrow", "Příboj", "Quercus", "Re\u0302verie", "Skógur", "Tōtara", "Üzüm",
		"Věnec", "Ωκεανός", "Берізка", "東雲", "النورس"}
	return names[i%len(names)]
}

func street(i int) string {
	return fmt.Sprintf("%d %s", i%97+1, []string{"Mill Lane", "Quay Parade", "Rue de l’Étang", "Am Bäckerweg", "ul. Długa"}[i%5])
}

func town(i int) string {
	return []string{"Aldermere", "Brückheim", "Cèdreville", "Dębno Górne", "Eastwick, Upper", ""}[i%6]
}
