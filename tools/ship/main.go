// Command ship reads the files that ship (Dockerfile, docker-compose.yml) with the
// parsers of the tools that will use them and fails on any error or warning.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

func main() {
	failed := false
	for _, file := range os.Args[1:] {
		check := compose
		if strings.HasPrefix(filepath.Base(file), "Dockerfile") {
			check = dockerfile
		}
		if err := check(file); err != nil {
			failed = true
			fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(file), err)
			continue
		}
		fmt.Printf("%s: ok\n", filepath.Base(file))
	}
	if failed || len(os.Args) < 2 {
		os.Exit(1)
	}
}

// compose loads the file as docker compose does, with every profile.
func compose(file string) error {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithOsEnv, cli.WithDotEnv, cli.WithProfiles([]string{"*"}))
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	for name, service := range project.Services {
		if service.Image == "" && service.Build == nil {
			return fmt.Errorf("service %s has neither image nor build", name)
		}
		if i := strings.LastIndex(service.Image, ":"); service.Build == nil && (i < 0 || service.Image[i+1:] == "latest") {
			return fmt.Errorf("service %s: image %q is not pinned", name, service.Image)
		}
	}
	return nil
}

// dockerfile parses every instruction and turns the linter's warnings into errors.
func dockerfile(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	tree, err := parser.Parse(f)
	if err != nil {
		return err
	}
	var warnings []string
	lint := linter.New(&linter.Config{Warn: func(rule, description, _, message string, _ []parser.Range) {
		warnings = append(warnings, rule+": "+message+" ("+description+")")
	}})
	if _, _, err := instructions.Parse(tree.AST, lint); err != nil {
		return err
	}
	if len(warnings) > 0 {
		return fmt.Errorf("%s", strings.Join(warnings, "\n"))
	}
	return nil
}
