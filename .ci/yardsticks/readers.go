package main

import (
	"archive/zip"
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/xuri/excelize/v2"
)

// read reads a CSV file by the standard library and looks at nothing.
func read(args []string) error {
	f, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(bufio.NewReaderSize(f, 1<<20))
	r.ReuseRecord = true
	n := 0
	for ; ; n++ {
		if _, err := r.Read(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
	}
	fmt.Println(n)
	return nil
}

// inflate unpacks all parts of a workbook by the standard library and looks at nothing.
func inflate(args []string) error {
	z, err := zip.OpenReader(args[0])
	if err != nil {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		part, err := f.Open()
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, part); err != nil {
			return err
		}
		part.Close()
	}
	return nil
}

// rows reads a workbook by the streaming rows of excelize.
func rows(args []string) error {
	book, err := excelize.OpenFile(args[0])
	if err != nil {
		return err
	}
	defer book.Close()
	all, err := book.Rows("Sheet1")
	if err != nil {
		return err
	}
	defer all.Close()
	n := 0
	for ; all.Next(); n++ {
		if _, err := all.Columns(); err != nil {
			return err
		}
	}
	fmt.Println(n)
	return all.Error()
}
