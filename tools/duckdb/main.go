// Command duckdb runs the SQL of standard input in a DuckDB of its own, in memory, and
// writes the rows of the last statement as JSON Lines: a second opinion for tests on what
// is delivered. Statements end with a semicolon at the end of a line.
package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "duckdb:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // tables and settings of one statement are there for the next
	statements := strings.Split(strings.TrimSuffix(strings.TrimSpace(string(text)), ";"), ";\n")
	last := len(statements) - 1
	for _, s := range statements[:last] {
		if _, err := db.Exec(s); err != nil {
			return err
		}
	}
	rows, err := db.Query(statements[last])
	if err != nil {
		return err
	}
	return write(rows, out)
}

func write(rows *sql.Rows, out io.Writer) error {
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	values, targets := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		row := map[string]any{}
		for i, name := range names {
			row[name] = values[i]
		}
		if err := enc.Encode(row); err != nil {
			return err
		}
	}
	return rows.Err()
}
