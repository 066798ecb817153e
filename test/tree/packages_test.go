package tree_test

import (
	"go/parser"
	"go/token"
	"path"
	"strings"
	"testing"
)

// Every package says what it is for. In a check package that is where it stands
// what a healthy machine looks like.
func TestEveryPackageHasAComment(t *testing.T) {
	comments := map[string][]string{} // directory -> files with a package comment
	for _, f := range files(t, isGo) {
		if strings.HasSuffix(f.path, "_test.go") {
			continue
		}
		dir := path.Dir(f.path)
		if _, ok := comments[dir]; !ok {
			comments[dir] = nil
		}
		ast, err := parser.ParseFile(token.NewFileSet(), f.path, f.text, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Errorf("cannot parse %s: %v", f.path, err)
			continue
		}
		if ast.Doc != nil {
			comments[dir] = append(comments[dir], f.path)
		}
	}
	for dir, in := range comments {
		if len(in) != 1 {
			t.Errorf("%s: package comments in %d files, want one: %v", dir, len(in), in)
		}
	}
}
