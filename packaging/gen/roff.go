package main

import (
	"fmt"
	"strings"
	"time"
)

// page is a manual page in the language of man(7).
type page struct{ strings.Builder }

func newPage(name, section, title, version string, date time.Time) *page {
	p := &page{}
	fmt.Fprintf(p, ".TH %s %s %s %q %q\n", strings.ToUpper(escape(name)), section, date.Format("2006-01-02"), "sshd-doctor "+version, title)
	p.section("NAME")
	return p
}

func (p *page) section(title string)    { fmt.Fprintf(p, ".SH %s\n", escape(title)) }
func (p *page) subsection(title string) { fmt.Fprintf(p, ".SS %s\n", escape(title)) }
func (p *page) paragraph(text string)   { fmt.Fprintf(p, ".PP\n%s\n", lines(text)) }

// item is a term and what it means.
func (p *page) item(term, text string) {
	fmt.Fprintf(p, ".TP\n.B %s\n%s\n", escape(term), lines(text))
}

// block is shown as it is.
func (p *page) block(text string) {
	p.WriteString(".PP\n.RS 4\n.nf\n")
	for line := range strings.SplitSeq(text, "\n") {
		p.WriteString(guard(escape(line)) + "\n")
	}
	p.WriteString(".fi\n.RE\n")
}

// lines is running text: what stands between back quotes is bold.
func lines(text string) string {
	var out []string
	bold := false
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		var b strings.Builder
		for i, part := range strings.Split(line, "`") {
			if i > 0 {
				bold = !bold
				b.WriteString(map[bool]string{true: `\fB`, false: `\fR`}[bold])
			}
			b.WriteString(escape(part))
		}
		out = append(out, guard(b.String()))
	}
	if bold {
		out[len(out)-1] += `\fR`
	}
	return strings.Join(out, "\n")
}

// escape keeps roff from reading anything into a text: dashes are typed as they
// stand here, and a backslash is one.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\e`, `-`, `\-`, `~`, `\(ti`, `^`, `\(ha`, "`", `\(ga`, `'`, `\(aq`, `"`, `\(dq`).Replace(s)
}

// guard: a line that begins with a dot is a request.
func guard(line string) string {
	if strings.HasPrefix(line, ".") {
		return `\&` + line
	}
	return line
}
