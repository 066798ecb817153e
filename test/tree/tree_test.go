// Package tree_test keeps the rules about the source tree that no linter knows:
// they are about text, in any language, and about files that name one another.
package tree_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the top of the source tree as seen from this package's directory.
const root = "../.."

// file is one text of the tree.
type file struct {
	path string // relative to the top, with slashes
	text string
}

// files returns every text file of the tree for which match says yes. Finding
// none is a failure: a loop over nothing would pass for ever.
func files(t *testing.T, match func(path string) bool) []file {
	t.Helper()
	var found []file
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		name = filepath.ToSlash(name)
		if name == ".git" && !e.IsDir() {
			return nil // a worktree's, which says where the repository is
		}
		if e.IsDir() {
			if slices.Contains([]string{".git", "bin", "dist"}, name) {
				return fs.SkipDir
			}
			return nil
		}
		if !e.Type().IsRegular() || !match(name) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil || bytes.IndexByte(text, 0) >= 0 {
			return err
		}
		found = append(found, file{name, string(text)})
		return nil
	})
	if err != nil {
		t.Fatalf("cannot walk the tree: %v", err)
	}
	if len(found) == 0 {
		t.Fatal("no file to look at: does the test still know where the tree is?")
	}
	return found
}

func all(string) bool           { return true }
func isGo(path string) bool     { return strings.HasSuffix(path, ".go") }
func isMarkdown(p string) bool  { return strings.HasSuffix(p, ".md") }
func isModule(path string) bool { return filepath.Base(path) == "go.mod" }

// lineOf counts from one.
func lineOf(text string, offset int) int { return 1 + strings.Count(text[:offset], "\n") }
