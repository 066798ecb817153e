// Command gen makes what packages carry beside the program: manual pages, shell
// completions, the licences of what is linked, and lists of what is inside. The
// program itself knows nothing of this.
//
// It works in the top directory of the source tree. The command tree comes from
// the program's own source, built with the tag "describe".
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// settings are the command's flags.
type settings struct {
	out     string
	version string
	epoch   int64
	bins    []string
}

func main() {
	var s settings
	flag.StringVar(&s.out, "o", "", "`directory` to write to")
	flag.StringVar(&s.version, "version", "", "`version` of the packages")
	flag.Int64Var(&s.epoch, "epoch", 0, "the time of the last change, in Unix `seconds`")
	flag.Parse()
	s.bins = flag.Args()
	if s.out == "" || s.version == "" || s.epoch <= 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := s.make(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// make writes everything below the directory, as it is to lie on a machine.
func (s settings) make(ctx context.Context) error {
	tree, err := describe(ctx)
	if err != nil {
		return err
	}
	modules, err := linked(ctx)
	if err != nil {
		return err
	}
	date := time.Unix(s.epoch, 0).UTC()
	files := map[string][]byte{
		"man/sshd-doctor.8.gz":         compress(manual(tree, s.version, date)),
		"man/sshd-doctor-codes.7.gz":   compress(codesManual(s.version, date)),
		"completion/sshd-doctor.bash":  []byte(bash(tree)),
		"completion/_sshd-doctor":      []byte(zsh(tree)),
		"completion/sshd-doctor.fish":  []byte(fish(tree)),
		"doc/copyright":                []byte(copyright(modules)),
		"doc/third-party-licences.txt": []byte(texts(modules)),
		"changelog.yml":                []byte(changelog(s.version, date)),
	}
	news, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		return err
	}
	files["doc/upstream-changelog.gz"] = compress(string(news))
	for _, bin := range s.bins {
		list, err := sbom(ctx, bin, s.version, date, modules)
		if err != nil {
			return err
		}
		files["doc/"+filepath.Base(bin)+".cdx.json"] = list
	}
	for name, text := range files {
		path := filepath.Join(s.out, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// compress is gzip without a name and a time, so that the same text always
// gives the same bytes.
func compress(text string) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // a known level
	_, _ = w.Write([]byte(text))                            // a buffer takes all
	_ = w.Close()
	return out.Bytes()
}

// tree is the program's command tree; see cmd/sshd-doctor/describe.go.
type tree struct {
	Name     string
	Usage    string
	Exit     string
	Flags    []option
	Commands []command
}

type command struct {
	Name  string
	Usage string
	Args  string
	Flags []option
}

type option struct {
	Names   []string
	Value   string
	Usage   string
	Default string
}

// describe asks the program's source.
func describe(ctx context.Context) (tree, error) {
	var t tree
	out, err := run(ctx, "go", "run", "-tags", "describe,urfave_cli_no_docs", "./cmd/sshd-doctor")
	if err != nil {
		return t, err
	}
	if err := json.Unmarshal(out, &t); err != nil || len(t.Commands) == 0 || len(t.Flags) == 0 {
		return t, fmt.Errorf("cannot read the command tree: %v", err)
	}
	return t, nil
}

func run(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("cannot run %s: %w: %s", cmd, err, stderr.String())
	}
	return out, nil
}
