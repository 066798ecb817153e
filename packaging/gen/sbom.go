package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// sbom lists what is inside a binary, in the words of CycloneDX 1.5, from what
// the Go linker itself wrote into it. The same binary always gives the same
// list.
func sbom(ctx context.Context, bin, version string, date time.Time, modules []module) ([]byte, error) {
	out, err := run(ctx, "go", "version", "-m", "-json", bin)
	if err != nil {
		return nil, err
	}
	var info struct {
		GoVersion string
		Deps      []struct{ Path, Version, Sum string }
		Settings  []struct{ Key, Value string }
	}
	if err := json.Unmarshal(out, &info); err != nil || len(info.Deps) == 0 {
		return nil, fmt.Errorf("cannot read what %s is made of: %v", bin, err)
	}
	data, err := os.ReadFile(bin)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	self := component{
		Type: "application", Ref: purl(product, version), Name: "sshd-doctor", Version: version, Purl: purl(product, version),
		Licenses: licensed("Apache-2.0"), Hashes: []hash{{"SHA-256", hex.EncodeToString(sum[:])}},
	}
	for _, s := range info.Settings {
		if s.Key == "GOARCH" || s.Key == "GOOS" || s.Key == "-tags" {
			self.Properties = append(self.Properties, property{"build:" + s.Key, s.Value})
		}
	}
	names := map[string]string{}
	for _, m := range modules {
		names[m.Path] = m.Licence
	}
	list := document{Format: "CycloneDX", Spec: "1.5", Version: 1}
	list.Metadata.Timestamp = date.Format(time.RFC3339)
	list.Metadata.Component = self
	add := func(path, version string) error {
		if names[path] == "" {
			return fmt.Errorf("cannot find the licence of %s, which %s says is inside it", path, bin)
		}
		list.Components = append(list.Components, component{
			Type: "library", Ref: purl(path, version), Name: path, Version: version, Purl: purl(path, version), Licenses: licensed(names[path]),
		})
		return nil
	}
	if err := add("std", info.GoVersion[len("go"):]); err != nil {
		return nil, err
	}
	for _, d := range info.Deps {
		if err := add(d.Path, d.Version); err != nil {
			return nil, err
		}
	}
	text, err := json.MarshalIndent(list, "", "  ")
	return append(text, '\n'), err
}

type document struct {
	Format   string `json:"bomFormat"`
	Spec     string `json:"specVersion"`
	Version  int    `json:"version"`
	Metadata struct {
		Timestamp string    `json:"timestamp"`
		Component component `json:"component"`
	} `json:"metadata"`
	Components []component `json:"components"`
}

type component struct {
	Type       string         `json:"type"`
	Ref        string         `json:"bom-ref"`
	Name       string         `json:"name"`
	Version    string         `json:"version"`
	Hashes     []hash         `json:"hashes,omitempty"`
	Licenses   []licenceEntry `json:"licenses"`
	Purl       string         `json:"purl"`
	Properties []property     `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type licenceEntry struct {
	License struct {
		ID string `json:"id"`
	} `json:"license"`
}

func licensed(id string) []licenceEntry {
	var e licenceEntry
	e.License.ID = id
	return []licenceEntry{e}
}

// purl is a package URL (github.com/package-url/purl-spec).
func purl(path, version string) string { return "pkg:golang/" + path + "@" + version }
