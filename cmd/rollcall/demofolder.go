package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/sync/simulator"
	"github.com/rollcall-sync/rollcall/testdata"
)

// demoDir makes the folder of the demo.
func demoDir(dir string) (string, error) {
	if dir == "" {
		made, err := os.MkdirTemp("", "rollcall-demo-")
		if err != nil {
			return "", fmt.Errorf("make a folder for the demo: %w", err)
		}
		return made, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make a folder for the demo: %w", err)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("make a folder for the demo: %w", err)
	}
	return abs, nil
}

// writeDemoFiles unpacks the sample sheets and writes their job files and the secrets.
func writeDemoFiles(dir, base string, w worlds) error {
	files := map[string]string{
		"token": simulator.DefaultToken, "bigchange-secret": simulator.DefaultClientSecret, "revnue-token": simulator.DefaultRevnueToken,
	}
	known := strings.NewReplacer("BASE_URL", base, "TENANT", strconv.FormatInt(w.tenant, 10),
		"CUSTOMER", strconv.FormatInt(w.customer, 10), "CLIENT", simulator.DefaultClientID, "COMPANY", strconv.FormatInt(w.company, 10))
	for name, sheet := range map[string]string{
		"contacts.yaml": testdata.Contacts, "export.yaml": testdata.CRMExport,
		"bigchange.yaml": testdata.BigChangeContacts, "revnue.yaml": testdata.RevnueCustomers,
	} {
		job, err := fs.ReadFile(testdata.FS(), name)
		if err != nil {
			return fmt.Errorf("unpack the demo: %w", err)
		}
		files[name] = known.Replace(string(job))
		data, err := fs.ReadFile(testdata.FS(), sheet)
		if err != nil {
			return fmt.Errorf("unpack the demo: %w", err)
		}
		files[sheet] = string(data)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return fmt.Errorf("unpack the demo: %w", err)
		}
	}
	return nil
}

// editWorkbook changes one cell of a workbook's first sheet, as a person would. It returns both texts.
func editWorkbook(path, at, text string) (before, after string, err error) {
	book, err := excelize.OpenFile(path)
	if err != nil {
		return "", "", fmt.Errorf("edit the workbook: %w", err)
	}
	defer book.Close()
	sheet := book.GetSheetName(0)
	if before, err = book.GetCellValue(sheet, at); err != nil {
		return "", "", fmt.Errorf("edit the workbook: %w", err)
	}
	if err := book.SetCellStr(sheet, at, text); err != nil {
		return "", "", fmt.Errorf("edit the workbook: %w", err)
	}
	if err := book.Save(); err != nil {
		return "", "", fmt.Errorf("edit the workbook: %w", err)
	}
	return before, text, nil
}

// editCSV changes one cell in the first row of a CSV file. It returns both texts.
func editCSV(path, column, text string) (before, after string, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", "", fmt.Errorf("edit the CSV file: %w", err)
	}
	reader := csv.NewReader(bytes.NewReader(data))
	reader.FieldsPerRecord = -1 // a row with a cell too many is one of the faults
	rows, err := reader.ReadAll()
	if err != nil {
		return "", "", fmt.Errorf("edit the CSV file: %w", err)
	}
	cell := &rows[1][slices.Index(rows[0], column)]
	before, *cell = *cell, text
	var out bytes.Buffer
	if err := csv.NewWriter(&out).WriteAll(rows); err != nil {
		return "", "", fmt.Errorf("edit the CSV file: %w", err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		return "", "", fmt.Errorf("edit the CSV file: %w", err)
	}
	return before, text, nil
}
