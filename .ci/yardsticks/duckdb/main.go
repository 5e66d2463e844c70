// Command duckdb reads a CSV file of contacts with DuckDB and checks it by the rules that Rollcall has for them, written in SQL.
package main

import (
	"database/sql"
	"fmt"
	"os"

	_ "github.com/duckdb/duckdb-go/v2"
)

func main() {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		panic(err)
	}
	db.Exec("SET threads TO 2")
	rows, err := db.Query(`
SELECT count(*), count(*) FILTER (WHERE NOT (
  regexp_full_match("Customer", '[0-9]{1,18}')
  AND length("Name") BETWEEN 1 AND 128
  AND length("Email") <= 256 AND regexp_full_match("Email", '[^@,\s]+@[^@,\s]+(\s*,\s*[^@,\s]+@[^@,\s]+)*')
  AND length("Phone") BETWEEN 1 AND 90
  AND length("Fax") BETWEEN 7 AND 15
  AND lower("New request") IN ('true','false','0','1') AND lower("Accepted") IN ('true','false','0','1')
  AND lower("Completed") IN ('true','false','0','1') AND lower("Cancelled") IN ('true','false','0','1')
  AND lower("Rejected") IN ('true','false','0','1'))),
  count(*) - count(DISTINCT hash("Customer", lower("Email")))
FROM read_csv('` + os.Args[1] + `', header=true, all_varchar=true, delim=',', quote='"')`)
	if err != nil {
		panic(err)
	}
	for rows.Next() {
		var n, bad, dup int64
		rows.Scan(&n, &bad, &dup)
		fmt.Println(n, bad, dup)
	}
}
