package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// module is something that is linked into the program.
type module struct {
	Path    string
	Version string
	Dir     string
	// Licence is its SPDX name; Holders are its lines of copyright.
	Licence string
	Holders []string
	// Texts are its files of licences and notices, by name.
	Texts map[string]string
}

// product is this module, which has its own licence file.
const product = "github.com/sshd-doctor/sshd-doctor"

// linked lists what "go list" says is compiled into the program for any machine
// that there are packages for, and Go's own library, with the licences.
func linked(ctx context.Context) ([]module, error) {
	root, err := run(ctx, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	version, err := run(ctx, "go", "env", "GOVERSION")
	if err != nil {
		return nil, err
	}
	modules := []module{{
		Path: "std", Version: strings.TrimPrefix(strings.TrimSpace(string(version)), "go"),
		Dir: strings.TrimSpace(string(root)),
	}}
	for _, arch := range []string{"amd64", "arm64"} {
		out, err := run(ctx, "env", "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0",
			"go", "list", "-deps", "-tags", "urfave_cli_no_docs", "-json=Module", "./cmd/sshd-doctor")
		if err != nil {
			return nil, err
		}
		d := json.NewDecoder(strings.NewReader(string(out)))
		for d.More() {
			var p struct{ Module *module }
			if err := d.Decode(&p); err != nil {
				return nil, fmt.Errorf("cannot read what go list prints: %w", err)
			}
			m := p.Module
			if m != nil && m.Path != product && !slices.ContainsFunc(modules, func(o module) bool { return o.Path == m.Path }) {
				modules = append(modules, *m)
			}
		}
	}
	slices.SortFunc(modules, func(a, b module) int { return cmp.Compare(a.Path, b.Path) })
	for i := range modules {
		if err := modules[i].readLicence(); err != nil {
			return nil, err
		}
	}
	return modules, nil
}

var (
	licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([.-].*)?$`)
	holder      = regexp.MustCompile(`(?im)^\s*(copyright\s.*\d{4}.*)$`)
)

// readLicence reads the files at the top of a module. One without a licence that
// is known here must not be shipped.
func (m *module) readLicence() error {
	names, err := os.ReadDir(m.Dir)
	if err != nil {
		return fmt.Errorf("cannot read the source of %s: %w", m.Path, err)
	}
	m.Texts = map[string]string{}
	for _, n := range names {
		if !n.Type().IsRegular() || !licenceFile.MatchString(n.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.Dir, n.Name()))
		if err != nil {
			return fmt.Errorf("cannot read a licence of %s: %w", m.Path, err)
		}
		m.Texts[n.Name()] = strings.TrimRight(string(text), "\n") + "\n"
		if m.Licence == "" {
			m.Licence = licence(string(text))
		}
		for _, h := range holder.FindAllStringSubmatch(string(text), -1) {
			if line := strings.TrimSpace(h[1]); !strings.Contains(line, "[yyyy]") && !slices.Contains(m.Holders, line) {
				m.Holders = append(m.Holders, line)
			}
		}
	}
	if m.Licence == "" {
		return fmt.Errorf("cannot tell under which licence %s stands: look into %s", m.Path, m.Dir)
	}
	return nil
}

// licence tells the few licences apart that may be linked.
func licence(text string) string {
	flat := strings.Join(strings.Fields(text), " ")
	has := func(s string) bool { return strings.Contains(flat, s) }
	switch {
	case has("Apache License Version 2.0"):
		return "Apache-2.0"
	case has("Redistribution and use in source and binary forms") && has("Neither the name"):
		return "BSD-3-Clause"
	case has("Redistribution and use in source and binary forms"):
		return "BSD-2-Clause"
	case has("Permission is hereby granted, free of charge"):
		return "MIT"
	}
	return ""
}

// texts is every licence in full, one module after another.
func texts(modules []module) string {
	var b strings.Builder
	b.WriteString("sshd-doctor is linked with the modules below, each under its own licence.\n")
	for _, m := range modules {
		fmt.Fprintf(&b, "\n%s\n%s %s (%s)\n%s\n", strings.Repeat("=", 72), m.Path, m.Version, m.Licence, strings.Repeat("=", 72))
		for _, name := range sorted(m.Texts) {
			fmt.Fprintf(&b, "\n--- %s\n\n%s", name, m.Texts[name])
		}
	}
	return b.String()
}

// copyright is Debian's machine-readable form (copyright-format 1.0).
func copyright(modules []module) string {
	var b strings.Builder
	b.WriteString("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n" +
		"Upstream-Name: sshd-doctor\nSource: https://github.com/sshd-doctor/sshd-doctor\n\n" +
		"Files: *\nCopyright: the sshd-doctor authors\nLicense: Apache-2.0\n")
	used := []string{"Apache-2.0"}
	for _, m := range modules {
		holders := m.Holders
		if len(holders) == 0 {
			holders = []string{"the authors of " + m.Path}
		}
		fmt.Fprintf(&b, "\nFiles: %s/*\nCopyright: %s\nLicense: %s\nComment: linked into the program, version %s.\n",
			m.Path, strings.Join(holders, "\n "), m.Licence, m.Version)
		if !slices.Contains(used, m.Licence) {
			used = append(used, m.Licence)
		}
	}
	slices.Sort(used)
	for _, name := range used {
		fmt.Fprintf(&b, "\nLicense: %s\n", name)
		if name == "Apache-2.0" {
			b.WriteString(" On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.\n")
			continue
		}
		i := slices.IndexFunc(modules, func(m module) bool { return m.Licence == name })
		for _, file := range sorted(modules[i].Texts) {
			if licence(modules[i].Texts[file]) == name {
				b.WriteString(indent(modules[i].Texts[file]))
				break
			}
		}
		b.WriteString(" .\n The full texts of all modules are in third-party-licences.txt beside this\n file.\n")
	}
	return b.String()
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if strings.TrimSpace(line) == "" {
			line = "."
		}
		b.WriteString(" " + strings.TrimRight(line, " \t\r") + "\n")
	}
	return b.String()
}

func sorted(texts map[string]string) []string {
	var names []string
	for name := range texts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
